WITH paid_month AS (
  SELECT p.person_key, month_start(p.month) AS month, min(p.unit_id) AS first_unit, max(p.unit_id) AS last_unit,
    min(p.scheme) AS scheme_1, max(p.scheme) AS scheme_2, min(p.amount) AS lower_amount
  FROM pension_payment AS p
  WHERE p.scheme IN ('企业职工', '机关事业', '城乡居民') AND p.amount > 0
  GROUP BY p.person_key, month_start(p.month)
  HAVING count(DISTINCT p.scheme) > 1
)
SELECT
  CASE WHEN min(m.first_unit) = max(m.last_unit) THEN min(m.first_unit) END AS unit_id,
  'recipient' AS subject_type,
  m.person_key AS subject_id,
  count(*) AS metric,
  joined(m.scheme_1 || '+' || m.scheme_2) AS schemes,
  min(m.month) AS first_month,
  max(m.month) AS last_month,
  sum(m.lower_amount) AS lower_pension_paid
FROM paid_month AS m
WHERE m.person_key IS NOT NULL
GROUP BY m.person_key
