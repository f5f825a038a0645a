WITH paid AS (
  SELECT s.pay_id, s.unit_id, s.household_id, s.event_id, s.amount, s.pay_date, g.name AS program,
    add_days(s.pay_date, param('emergency_days')) AS verify_by,
    add_days(s.pay_date, -param('look_back_days')) AS verified_since
  FROM subsidy_payment AS s
  JOIN subsidy_program AS g ON g.program_id = s.program_id
  WHERE g.domain = '救灾' AND s.household_id IS NOT NULL AND s.pay_date IS NOT NULL AND s.amount > 0
),
verified AS (
  -- an undated verification is still a verification
  SELECT DISTINCT p.pay_id
  FROM paid AS p
  JOIN disaster_household AS d ON d.household_id = p.household_id
  WHERE (p.event_id IS NULL OR d.event_id = p.event_id)
    AND (d.confirm_date IS NULL OR d.confirm_date <= p.verify_by)
    AND (p.event_id IS NOT NULL OR d.confirm_date IS NULL OR d.confirm_date > p.verified_since)
),
listed_event AS (
  SELECT DISTINCT d.event_id FROM disaster_household AS d
)
SELECT
  p.unit_id,
  'subsidy_payment' AS subject_type,
  p.pay_id AS subject_id,
  p.amount AS metric,
  p.program,
  p.event_id,
  p.pay_date,
  p.verify_by
FROM paid AS p
LEFT JOIN verified AS v ON v.pay_id = p.pay_id
LEFT JOIN listed_event AS e ON e.event_id = p.event_id
WHERE v.pay_id IS NULL
  AND p.verify_by < as_of()
  AND (e.event_id IS NOT NULL OR complete('disaster_household', p.pay_date))
