WITH paid AS (
  SELECT s.person_key, g.exclusive_group, s.period, s.program_id, min(g.name) AS program,
    min(s.unit_id) AS first_unit, max(s.unit_id) AS last_unit, sum(s.amount) AS amount
  FROM subsidy_payment AS s
  JOIN subsidy_program AS g ON g.program_id = s.program_id
  WHERE s.person_key IS NOT NULL AND g.exclusive_group IS NOT NULL AND s.period IS NOT NULL
    AND COALESCE(s.pay_kind, '') <> '补差'
  GROUP BY s.person_key, g.exclusive_group, s.period, s.program_id
  HAVING COALESCE(sum(s.amount), 1) > 0
)
SELECT
  CASE WHEN min(p.first_unit) = max(p.last_unit) THEN min(p.first_unit) END AS unit_id,
  'recipient' AS subject_type,
  p.person_key || '/' || p.exclusive_group AS subject_id,
  p.period,
  count(*) AS metric,
  joined(COALESCE(p.program, p.program_id)) AS programs,
  sum(p.amount) AS paid
FROM paid AS p
GROUP BY p.person_key, p.exclusive_group, p.period
HAVING count(*) > 1
