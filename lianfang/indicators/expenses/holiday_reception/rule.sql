SELECT
  e.unit_id, 'expense_claim' AS subject_type, e.claim_id AS subject_id, e.person_id, e.amount AS metric,
  e.invoice_date, e.start_date, e.guests, e.escorts, e.city, e.seller_name
FROM expense_claim AS e
WHERE e.kind = '接待'
  AND e.amount > 0
  AND NOT is_workday(e.invoice_date)
  AND NOT COALESCE(e.on_duty, FALSE)
