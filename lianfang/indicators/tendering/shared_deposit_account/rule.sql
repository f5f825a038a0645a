WITH shared AS (
  SELECT b.tender_id, b.deposit_account, COUNT(DISTINCT b.bidder_id) AS bidders, joined(b.bidder_id) AS bidder_ids
  FROM bid AS b
  WHERE b.deposit_account IS NOT NULL
    AND COALESCE(b.deposit_form, '转账') NOT IN ('保函', '保险')
    AND NOT COALESCE(param_has('pooled_accounts', b.deposit_account), FALSE)
  GROUP BY b.tender_id, b.deposit_account
  HAVING COUNT(DISTINCT b.bidder_id) >= 2
),
-- two accounts shared in one tender are one finding, as large as the larger
together AS (
  SELECT s.tender_id, MAX(s.bidders) AS bidders, COUNT(*) AS accounts, joined(s.bidder_ids) AS bidder_ids
  FROM shared AS s
  GROUP BY s.tender_id
)
SELECT
  t.unit_id, 'tender' AS subject_type, t.tender_id AS subject_id, g.bidders AS metric,
  t.title, t.open_time, t.winner_id, g.accounts, g.bidder_ids
FROM together AS g
JOIN tender AS t ON t.tender_id = g.tender_id
