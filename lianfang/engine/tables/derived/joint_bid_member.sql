-- zh: 联合体投标的成员:一行一名成员,只含未终止标段中递交了的投标
-- en: members of joint bids that were submitted in tenders not cancelled, one row a member
-- needs: bid.status | bid.valid
SELECT r.tender_no, b.bid_id, m.bidder_id,
  COALESCE(b.status, CASE WHEN b.valid THEN 'valid' WHEN NOT b.valid THEN 'disqualified' ELSE 'unknown' END) AS state,
  b.lot_id, b.price, b.currency, b.submit_time
FROM bid AS b
JOIN bid_tenderer AS m ON m.bid_id = b.bid_id
JOIN tender_result AS r ON r.tender_id = b.tender_id
WHERE b.bidder_id IS NULL AND m.bidder_id IS NOT NULL AND COALESCE(b.status, '') NOT IN ('invited', 'withdrawn')
