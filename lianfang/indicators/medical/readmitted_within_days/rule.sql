WITH stay AS (
  SELECT
    c.claim_id, c.person_key, c.org_id, c.diag_code, c.fund_pay, CAST(c.admit_time AS DATE) AS admitted_on,
    LAG(CAST(c.discharge_time AS DATE)) OVER one_person AS left_before,
    LAG(c.diag_code) OVER one_person AS diag_before, LAG(c.transfer) OVER one_person AS transferred_before
  FROM med_claim AS c
  WHERE c.visit_type = '住院' AND c.person_key IS NOT NULL AND c.org_id IS NOT NULL AND c.admit_time IS NOT NULL
  WINDOW one_person AS (PARTITION BY c.person_key, c.org_id ORDER BY c.admit_time, c.claim_id)
),
returned AS (
  SELECT s.claim_id, s.person_key, s.org_id, s.fund_pay, s.admitted_on, days(s.left_before, s.admitted_on) AS days_between
  FROM stay AS s
  WHERE s.admitted_on > add_months(as_of(), -param('months'))
    AND days(s.left_before, s.admitted_on) BETWEEN 0 AND param('within_days')
    AND NOT COALESCE(s.transferred_before, FALSE)
    AND NOT COALESCE(param_has('cyclic_diagnoses', LEFT(s.diag_code, 3)), FALSE)
    AND NOT COALESCE(param_has('cyclic_diagnoses', LEFT(s.diag_before, 3)), FALSE)
    AND NOT COALESCE(param_has('cyclic_chapters', LEFT(s.diag_code, 1)), FALSE)
)
SELECT
  CAST(NULL AS VARCHAR) AS unit_id, 'patient_provider' AS subject_type, r.org_id || '/' || r.person_key AS subject_id,
  COUNT(*) AS metric,
  r.org_id, MAX(o.name) AS provider_name, MIN(r.days_between) AS shortest_days, MIN(r.admitted_on) AS first_return,
  MAX(r.admitted_on) AS last_return, SUM(COALESCE(r.fund_pay, 0)) AS fund_paid, joined(r.claim_id) AS claims
FROM returned AS r
LEFT JOIN med_org AS o ON o.org_id = r.org_id
GROUP BY r.org_id, r.person_key
HAVING COUNT(*) >= param('returns')
