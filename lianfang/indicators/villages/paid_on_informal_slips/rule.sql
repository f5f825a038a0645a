SELECT
  CASE WHEN COUNT(DISTINCT t.unit_id) = 1 THEN MIN(t.unit_id) END AS unit_id,
  'village' AS subject_type, t.village_id AS subject_id, SUM(t.amount) AS metric,
  COUNT(*) AS slips, MAX(t.amount) AS largest, MIN(t.txn_date) AS first_paid, MAX(t.txn_date) AS last_paid,
  joined(t.category) AS categories, joined(t.txn_id) AS txn_ids
FROM village_txn AS t
WHERE t.direction = '支' AND t.voucher = '白条'
  AND t.txn_date > add_months(as_of(), -param('months'))
  AND t.amount > param('small_amount')
  AND NOT COALESCE(param_has('listed_categories', t.category), FALSE)
GROUP BY t.village_id
