WITH stay AS (
  SELECT c.claim_id, c.person_key, c.org_id, c.admit_time, c.discharge_time, c.fund_pay, o.name AS provider_name,
    CAST(c.admit_time AS DATE) AS admitted_on,
    COALESCE(CAST(c.discharge_time AS DATE), as_of()) AS left_on
  FROM med_claim AS c
  LEFT JOIN med_org AS o ON o.org_id = c.org_id
  WHERE c.visit_type = '住院' AND c.person_key IS NOT NULL AND c.org_id IS NOT NULL AND c.admit_time IS NOT NULL
)
SELECT
  CAST(NULL AS VARCHAR) AS unit_id,
  'stay_pair' AS subject_type,
  a.claim_id || '+' || b.claim_id AS subject_id,
  COALESCE(a.fund_pay, 0) + COALESCE(b.fund_pay, 0) AS metric,
  a.org_id AS provider_1,
  a.provider_name AS provider_name_1,
  a.admit_time AS admitted_1,
  a.discharge_time AS discharged_1,
  b.org_id AS provider_2,
  b.provider_name AS provider_name_2,
  b.admit_time AS admitted_2,
  b.discharge_time AS discharged_2,
  days(GREATEST(a.admitted_on, b.admitted_on), LEAST(a.left_on, b.left_on)) AS overlap_days
FROM stay AS a
JOIN stay AS b ON b.person_key = a.person_key AND b.claim_id > a.claim_id AND b.org_id <> a.org_id
WHERE a.admitted_on <= a.left_on AND b.admitted_on <= b.left_on
  AND days(a.admitted_on, b.left_on) > param('transfer_days')
  AND days(b.admitted_on, a.left_on) > param('transfer_days')
