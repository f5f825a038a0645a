-- zh: 每个未终止标段有几家投标:取公布的数,没有公布的按投标记录数
-- en: how many bidders a tender not cancelled had: as published, else counted from its bids
-- needs: tender.bidder_count | bid.bidder_id
WITH counted AS (
  SELECT b.tender_id, COUNT(DISTINCT COALESCE(b.bidder_id, b.bid_id)) AS bidders
  FROM bid AS b
  JOIN tender AS t ON t.tender_id = b.tender_id
  WHERE t.bidder_count IS NULL AND COALESCE(b.status, '') NOT IN ('invited', 'withdrawn')
  GROUP BY b.tender_id
)
SELECT t.tender_id, COALESCE(t.bidder_count, c.bidders) AS bidders, t.bidder_count IS NULL AS counted
FROM tender AS t
LEFT JOIN counted AS c ON c.tender_id = t.tender_id
WHERE COALESCE(t.status, '') NOT IN ('cancelled', '终止') AND COALESCE(t.bidder_count, c.bidders) IS NOT NULL
