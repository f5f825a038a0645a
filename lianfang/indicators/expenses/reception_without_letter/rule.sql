SELECT
  e.unit_id, 'expense_claim' AS subject_type, e.claim_id AS subject_id, e.person_id, e.amount AS metric,
  e.start_date, e.invoice_date, e.claim_date, e.guests, e.escorts, e.city, e.approver_id
FROM expense_claim AS e
WHERE e.kind = '接待'
  AND e.amount > 0
  AND (e.official_letter = FALSE OR absent(e.official_letter))
  AND param('letter_needed', COALESCE(e.start_date, e.invoice_date, e.claim_date, as_of())) = 1
