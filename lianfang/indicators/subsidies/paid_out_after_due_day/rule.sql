WITH allocation AS (
  SELECT
    a.alloc_id, a.to_unit_id, a.from_unit_id, a.program_id, a.amount, a.alloc_date, a.pay_due, a.paid_out, a.last_pay_date,
    CASE WHEN a.paid_out >= a.amount * param('full_share') THEN a.last_pay_date
      WHEN a.paid_out < a.amount * param('full_share') OR absent(a.paid_out) THEN as_of() END AS kept_until
  FROM fund_alloc AS a
  WHERE a.amount > 0
)
SELECT
  a.to_unit_id AS unit_id, 'fund_alloc' AS subject_type, a.alloc_id AS subject_id, days(a.pay_due, a.kept_until) AS metric,
  g.name AS program, a.from_unit_id, a.amount AS allocated, a.alloc_date, a.pay_due, a.paid_out, a.last_pay_date,
  a.amount - a.paid_out AS not_paid_out
FROM allocation AS a
LEFT JOIN subsidy_program AS g ON g.program_id = a.program_id
WHERE a.kept_until > a.pay_due
