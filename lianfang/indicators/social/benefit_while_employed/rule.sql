WITH held AS (
  SELECT s.person_key, month_start(s.month) AS month
  FROM social_ins AS s
  WHERE s.kind = '职工养老' AND COALESCE(s.insured_as, '单位参保') = '单位参保'
  UNION
  SELECT p.person_key, month_start(p.month) AS month
  FROM pension_payment AS p
  WHERE p.scheme <> '高龄津贴' AND p.amount > 0
),
benefit AS (
  SELECT u.person_key, month_start(u.month) AS month, sum(u.amount) AS amount,
    min(u.unit_id) AS first_unit, max(u.unit_id) AS last_unit
  FROM unemp_payment AS u
  WHERE u.person_key IS NOT NULL AND u.month IS NOT NULL
  GROUP BY u.person_key, month_start(u.month)
  HAVING COALESCE(sum(u.amount), 1) > 0
)
SELECT
  CASE WHEN min(b.first_unit) = max(b.last_unit) THEN min(b.first_unit) END AS unit_id,
  'recipient' AS subject_type,
  b.person_key AS subject_id,
  count(*) AS metric,
  min(b.month) AS first_month,
  max(b.month) AS last_month,
  sum(b.amount) AS benefit_paid
FROM benefit AS b
JOIN held AS h ON h.person_key = b.person_key AND h.month = b.month
-- the month in which the job or the benefit begins is a lawful crossing: both must run on from the month before
JOIN held AS before ON before.person_key = b.person_key AND before.month = month_start(add_days(b.month, -1))
JOIN benefit AS paid_before ON paid_before.person_key = b.person_key AND paid_before.month = before.month
GROUP BY b.person_key
