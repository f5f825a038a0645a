WITH held AS (
  SELECT DISTINCT s.pay_id, s.unit_id, s.account_no, s.person_key, s.program_id, s.amount, s.pay_date, v.person_id
  FROM subsidy_payment AS s
  JOIN village_cadre AS v ON v.person_key = s.account_holder_key
  WHERE s.account_no IS NOT NULL AND s.person_key <> s.account_holder_key
    AND (v.since_date IS NULL OR v.since_date <= s.pay_date)
    AND (v.until_date IS NULL OR v.until_date > s.pay_date)
    AND s.pay_date IS NOT NULL
    AND COALESCE(s.collect_kind, '') <> '监护'
)
SELECT
  CASE WHEN count(DISTINCT h.unit_id) = 1 THEN min(h.unit_id) END AS unit_id,
  'account' AS subject_type,
  h.account_no AS subject_id,
  h.person_id,
  sum(h.amount) AS metric,
  count(DISTINCT h.person_key) AS recipients,
  count(*) AS payments,
  joined(h.program_id) AS programs,
  min(h.pay_date) AS first_payment,
  max(h.pay_date) AS last_payment
FROM held AS h
WHERE NOT EXISTS (
  -- declared kin only; kinship inferred from the household register is never used
  SELECT 1 FROM relative AS r
  WHERE r.person_id = h.person_id AND r.relative_key = h.person_key AND COALESCE(r.source, '申报') <> '户籍推断'
)
GROUP BY h.account_no, h.person_id
HAVING sum(h.amount) > 0
