-- what stands in the column of numbers is often a word (meal vouchers): a number has a digit and a number's length
WITH numbered AS (
  SELECT e.invoice_no, COUNT(DISTINCT e.seller_id) AS sellers
  FROM expense_claim AS e
  WHERE e.invoice_no IS NOT NULL
    AND LENGTH(TRIM(e.invoice_no)) BETWEEN param('shortest_number') AND param('longest_number')
    AND (
      e.invoice_no LIKE '%0%' OR e.invoice_no LIKE '%1%' OR e.invoice_no LIKE '%2%' OR e.invoice_no LIKE '%3%'
      OR e.invoice_no LIKE '%4%' OR e.invoice_no LIKE '%5%' OR e.invoice_no LIKE '%6%' OR e.invoice_no LIKE '%7%'
      OR e.invoice_no LIKE '%8%' OR e.invoice_no LIKE '%9%'
    )
  GROUP BY e.invoice_no
  HAVING COUNT(*) > 1
),
claim AS (
  SELECT
    e.unit_id, e.claim_id, e.amount, e.invoice_amount, e.claim_date,
    CASE WHEN n.sellers > 1 THEN e.invoice_no || '+' || e.seller_id ELSE e.invoice_no END AS invoice
  FROM expense_claim AS e
  JOIN numbered AS n ON n.invoice_no = e.invoice_no
),
repeated AS (
  SELECT
    c.invoice, COUNT(*) AS claims, COUNT(DISTINCT c.unit_id) AS units, SUM(c.amount) AS claimed,
    SUM(c.amount) - GREATEST(MAX(c.amount), COALESCE(MAX(c.invoice_amount), 0)) AS beyond,
    joined(c.claim_id) AS claim_ids
  FROM claim AS c
  WHERE c.invoice IS NOT NULL
  GROUP BY c.invoice
  HAVING COUNT(*) > 1 AND SUM(c.amount) > GREATEST(MAX(c.amount), COALESCE(MAX(c.invoice_amount), 0))
)
SELECT
  c.unit_id, 'invoice' AS subject_type, r.invoice || '/' || COALESCE(c.unit_id, '') AS subject_id,
  MAX(r.beyond) AS metric,
  r.invoice AS invoice_cluster, MAX(r.claims) AS claims, MAX(r.units) AS units, MAX(r.claimed) AS claimed,
  SUM(c.amount) AS claimed_by_unit, MAX(r.claim_ids) AS claim_ids, MIN(c.claim_date) AS first_claimed,
  MAX(c.claim_date) AS last_claimed
FROM repeated AS r
JOIN claim AS c ON c.invoice = r.invoice
GROUP BY c.unit_id, r.invoice
