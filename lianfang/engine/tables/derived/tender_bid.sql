-- zh: 未终止标段的投标:一行一份,是否递交,价格可否比较,是否中标(won 为空:中标人不唯一或投标人不明),联合体的成员合写
-- en: bids of tenders not cancelled, one row a bid: whether it was submitted, whether the price may be compared, whether it won (empty where the winner or the bidder is not one known firm); members of a joint bid together
-- needs: bid.status | bid.valid
WITH submitted AS (
  SELECT b.tender_id, b.lot_id, b.bidder_id, CAST(NULL AS VARCHAR) AS joint_bidders,
    COALESCE(b.status, CASE WHEN b.valid THEN 'valid' WHEN NOT b.valid THEN 'disqualified' ELSE 'unknown' END) AS state,
    b.price, b.currency, b.submit_time
  FROM bid AS b
  WHERE b.bidder_id IS NOT NULL
  UNION ALL
  SELECT m.tender_id, m.lot_id, CAST(NULL AS VARCHAR) AS bidder_id, joined(m.bidder_id) AS joint_bidders,
    m.state, m.price, m.currency, m.submit_time
  FROM joint_bid_member AS m
  WHERE m.bid_id IS NOT NULL
  GROUP BY m.bid_id, m.tender_id, m.lot_id, m.state, m.price, m.currency, m.submit_time
)
SELECT s.tender_id, s.lot_id, s.bidder_id, NULLIF(s.joint_bidders, '') AS joint_bidders, s.state,
  s.state NOT IN ('unknown', 'invited', 'withdrawn') AS submitted,
  s.price, s.currency, s.submit_time, s.submit_time > r.bid_deadline AS after_deadline,
  s.price IS NOT NULL AND COALESCE(r.prices_compared, TRUE)
    AND COALESCE(s.currency, 'CNY') = COALESCE(r.currency, 'CNY') AS comparable,
  COALESCE(r.prices_compared, TRUE) AS prices_compared,
  s.bidder_id = r.supplier_id AS won,
  r.active_awards = 1 AND r.open_awards = 0 AND r.supplier_id IS NOT NULL AS sole_award
FROM submitted AS s
JOIN tender_result AS r ON r.tender_id = s.tender_id
