-- needs: bid.price
WITH repeated AS (
  SELECT b.tender_id, b.price
  FROM tender_bid AS b
  WHERE b.prices_compared AND b.submitted AND b.price IS NOT NULL AND b.tender_id IS NOT NULL
  GROUP BY b.tender_id, b.price
  HAVING COUNT(*) > 1
),
candidate AS (
  SELECT b.tender_id, COALESCE(b.lot_id, '') AS lot, COALESCE(b.currency, 'CNY') AS currency, b.price, b.bidder_id,
    COALESCE(b.bidder_id, b.joint_bidders) AS bidders
  FROM repeated AS r
  JOIN tender_bid AS b ON b.tender_id = r.tender_id AND b.price = r.price
  WHERE b.submitted
),
same AS (
  SELECT c.tender_id, c.lot, c.currency, c.price, COUNT(c.bidders) AS bids
  FROM candidate AS c
  WHERE c.tender_id IS NOT NULL
  GROUP BY c.tender_id, c.lot, c.currency, c.price
  HAVING MIN(c.bidders) <> MAX(c.bidders)
),
bidder AS (
  SELECT c.bidder_id, s.tender_id
  FROM same AS s
  JOIN candidate AS c ON c.tender_id = s.tender_id AND c.lot = s.lot AND c.currency = s.currency AND c.price = s.price
  WHERE c.bidder_id IS NOT NULL
  UNION
  SELECT m.bidder_id, s.tender_id
  FROM same AS s
  JOIN joint_bid_member AS m ON m.tender_id = s.tender_id AND COALESCE(m.lot_id, '') = s.lot
    AND COALESCE(m.currency, 'CNY') = s.currency AND m.price = s.price
  WHERE m.submitted AND m.bidder_id IS NOT NULL
)
SELECT r.unit_id, 'tender' AS subject_type, r.tender_id AS subject_id, 1 AS metric,
  SUM(s.bids) AS bids, joined(s.price) AS prices, joined(s.lot) AS lots, CAST(NULL AS BIGINT) AS tenders,
  CAST(NULL AS VARCHAR) AS first_tender
FROM same AS s
JOIN tender_result AS r ON r.tender_id = s.tender_id
GROUP BY r.unit_id, r.tender_id
UNION ALL
SELECT CAST(NULL AS VARCHAR) AS unit_id, 'bidder' AS subject_type, b.bidder_id AS subject_id, 1 AS metric,
  CAST(NULL AS BIGINT) AS bids, CAST(NULL AS VARCHAR) AS prices, CAST(NULL AS VARCHAR) AS lots,
  COUNT(*) AS tenders, MIN(r.tender_id) AS first_tender
FROM bidder AS b
JOIN tender_result AS r ON r.tender_id = b.tender_id
WHERE b.bidder_id IS NOT NULL
GROUP BY b.bidder_id
