-- zh: 未终止标段中递交了的投标:一行一份,价格可否比较,是否中标(won 为空:中标人不唯一或投标人不明),联合体的成员合写
-- en: bids submitted in tenders not cancelled, one row a bid: whether the price may be compared, whether it won (empty where the winner or the bidder is not one known firm); members of a joint bid together
-- needs: bid.status | bid.valid
WITH joint AS (
  SELECT m.bid_id, joined(m.bidder_id) AS bidders
  FROM joint_bid_member AS m
  GROUP BY m.bid_id
),
submitted AS (
  SELECT b.tender_id, b.lot_id, b.bidder_id, CAST(NULL AS VARCHAR) AS joint_bidders, b.status, b.valid, b.price,
    b.currency, b.submit_time
  FROM bid AS b
  WHERE b.bidder_id IS NOT NULL AND COALESCE(b.status, '') NOT IN ('invited', 'withdrawn')
  UNION ALL
  SELECT b.tender_id, b.lot_id, b.bidder_id, j.bidders AS joint_bidders, b.status, b.valid, b.price,
    b.currency, b.submit_time
  FROM bid AS b
  LEFT JOIN joint AS j ON j.bid_id = b.bid_id
  WHERE b.bidder_id IS NULL AND COALESCE(b.status, '') NOT IN ('invited', 'withdrawn')
)
SELECT r.tender_no, s.lot_id, s.bidder_id, s.joint_bidders,
  COALESCE(s.status, CASE WHEN s.valid THEN 'valid' WHEN NOT s.valid THEN 'disqualified' ELSE 'unknown' END) AS state,
  s.price, s.currency, s.submit_time, s.submit_time > r.bid_deadline AS after_deadline,
  s.price IS NOT NULL AND COALESCE(r.prices_compared, TRUE)
    AND COALESCE(s.currency, 'CNY') = COALESCE(r.currency, 'CNY') AS comparable,
  COALESCE(r.prices_compared, TRUE) AS prices_compared,
  s.bidder_id = r.supplier_id AS won,
  r.active_awards = 1 AND r.open_awards = 0 AND r.supplier_id IS NOT NULL AS sole_award
FROM submitted AS s
JOIN tender_result AS r ON r.tender_id = s.tender_id
