SELECT
  t.unit_id, 'tender' AS subject_type, t.tender_id AS subject_id, COUNT(DISTINCT b.bid_id) AS metric,
  MAX(t.title) AS title, MAX(t.winner_id) AS winner_id, MAX(t.award_price) AS award_price,
  MIN(b.price) AS lowest_rejected,
  joined(b.bidder_id) AS bidders, joined(b.reject_reason) AS reasons
FROM tender AS t
JOIN bid AS b ON b.tender_id = t.tender_id
WHERE b.price < t.award_price
  AND COALESCE(NOT b.valid, b.status = 'disqualified', b.reject_reason IS NOT NULL)
  AND COALESCE(b.status, '') <> 'withdrawn'
  AND NOT COALESCE(param_has('verifiable_reasons', b.reject_reason), FALSE)
GROUP BY t.unit_id, t.tender_id
HAVING COUNT(DISTINCT b.bid_id) >= param('rejected')
