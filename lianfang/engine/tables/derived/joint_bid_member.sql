-- zh: 没有单一投标人的投标:联合体一行一名成员,投标人不明的一行(成员为空);只含未终止标段
-- en: bids without one known bidder, of tenders not cancelled: a row for each member of a joint bid, one row without a member where nobody is known
-- needs: bid.status | bid.valid
SELECT b.tender_id, b.bid_id, m.bidder_id,
  COALESCE(b.status, CASE WHEN b.valid THEN 'valid' WHEN NOT b.valid THEN 'disqualified' ELSE 'unknown' END) AS state,
  COALESCE(b.status, CASE WHEN b.valid IS NULL THEN 'unknown' ELSE 'valid' END) NOT IN ('unknown', 'invited', 'withdrawn') AS submitted,
  b.lot_id, b.price, b.currency, b.submit_time
FROM bid AS b
JOIN tender_result AS r ON r.tender_id = b.tender_id
LEFT JOIN bid_tenderer AS m ON m.bid_id = b.bid_id
WHERE b.bidder_id IS NULL
