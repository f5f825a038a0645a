WITH fined AS (
  SELECT
    c.case_id, c.unit_id, c.clause_code, c.decision_date, c.deliver_date, c.fine, c.paid_amount, c.paid_date,
    COALESCE(c.pay_due, add_days(c.deliver_date, param('pay_days', c.deliver_date))) AS due_on,
    CASE WHEN c.paid_amount >= c.fine THEN c.paid_date
      WHEN c.paid_amount < c.fine OR absent(c.paid_date) THEN as_of() END AS open_until
  FROM penalty_case AS c
  WHERE c.fine > 0
    AND COALESCE(c.outcome, '处罚') = '处罚'
    AND NOT COALESCE(c.reversed, FALSE)
)
SELECT
  f.unit_id, 'penalty_case' AS subject_type, f.case_id AS subject_id, days(f.due_on, f.open_until) AS metric,
  f.clause_code, f.decision_date, f.deliver_date, f.due_on, f.fine, f.paid_amount, f.paid_date
FROM fined AS f
WHERE days(f.due_on, f.open_until) > param('grace_days')
