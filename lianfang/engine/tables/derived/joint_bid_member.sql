-- zh: 联合体投标的成员:一行一名成员,只含未终止标段中递交了的投标
-- en: members of joint bids that were submitted in tenders not cancelled, one row a member
-- needs: bid.status | bid.valid
SELECT b.tender_id, b.bid_id, m.bidder_id,
  COALESCE(b.status, CASE WHEN b.valid THEN 'valid' WHEN NOT b.valid THEN 'disqualified' ELSE 'unknown' END) AS state,
  b.lot_id, b.price, b.currency, b.submit_time
FROM bid_tenderer AS m
JOIN bid AS b ON b.bid_id = m.bid_id
JOIN tender AS t ON t.tender_id = b.tender_id
WHERE COALESCE(t.status, '') NOT IN ('cancelled', '终止')
  AND COALESCE(b.status, '') NOT IN ('invited', 'withdrawn')
