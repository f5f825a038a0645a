SELECT
  t.unit_id,
  'village_txn' AS subject_type,
  t.txn_id AS subject_id,
  t.amount AS metric,
  t.village_id,
  t.txn_date,
  t.category,
  t.voucher,
  t.approvers,
  t.meeting_no,
  param('cash_limit', t.txn_date, t.village_id) AS cash_limit
FROM village_txn AS t
WHERE t.direction = '支' AND t.method = '现金'
  AND t.amount > param('cash_limit', t.txn_date, t.village_id)
  AND NOT (COALESCE(t.category, '') = '救助' AND t.meeting_no IS NOT NULL)
