-- zh: 标段竞争情况:一行一个有投标的标段,各状态投标数、中标价与次低价
-- en: competition in a tender with bids: bids by state, the winner's lowest price and the lowest of the others
-- needs: bid.status | bid.valid
SELECT b.tender_id,
  COUNT(CASE WHEN b.submitted THEN 1 END) AS submitted_bids,
  COUNT(CASE WHEN b.state = 'disqualified' THEN 1 END) AS disqualified_bids,
  COUNT(CASE WHEN b.state = 'valid' THEN 1 END) AS valid_bids,
  COUNT(CASE WHEN b.state = 'valid' AND b.won THEN 1 END) AS winner_bids,
  COUNT(CASE WHEN b.state = 'valid' AND NOT COALESCE(b.won, FALSE)
    AND (b.bidder_id IS NOT NULL OR b.joint_bidders IS NOT NULL) THEN 1 END) AS other_valid_bids,
  MIN(CASE WHEN b.comparable AND b.state = 'valid' AND b.won THEN b.price END) AS winning_price,
  MIN(CASE WHEN b.comparable AND b.state = 'valid' AND NOT b.won THEN b.price END) AS second_price
FROM tender_bid AS b
WHERE b.tender_id IS NOT NULL
GROUP BY b.tender_id
