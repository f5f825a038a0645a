SELECT
  CASE WHEN count(DISTINCT s.unit_id) = 1 THEN min(s.unit_id) END AS unit_id,
  'recipient' AS subject_type,
  s.person_key || '/' || s.program_id AS subject_id,
  sum(s.amount) AS metric,
  min(g.name) AS program,
  min(d.death_date) AS death_date,
  min(d.register_date) AS register_date,
  min(s.pay_date) AS first_payment,
  max(s.pay_date) AS last_payment,
  count(*) AS payments,
  sum(CASE WHEN s.pay_date > d.register_date THEN s.amount ELSE 0 END) AS paid_after_registration
FROM subsidy_payment AS s
JOIN death_record AS d ON d.person_key = s.person_key
LEFT JOIN subsidy_program AS g ON g.program_id = s.program_id
WHERE s.pay_date > add_days(d.death_date, param('grace_days'))
  AND s.program_id IS NOT NULL
  AND COALESCE(g.basis, '') <> '户'
  AND NOT (COALESCE(g.name, '') LIKE '%丧葬%' OR COALESCE(g.name, '') LIKE '%抚恤%' OR COALESCE(g.name, '') LIKE '%遗属%')
GROUP BY s.person_key, s.program_id
HAVING sum(s.amount) > 0
