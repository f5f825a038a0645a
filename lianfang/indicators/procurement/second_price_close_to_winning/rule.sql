WITH close AS (
  SELECT d.tender_id, d.unit_id, d.supplier_id, d.winning_price, d.second_price, d.difference,
    COALESCE(param('threshold'), f.lower_fence) AS fence
  FROM tender_difference AS d
  CROSS JOIN difference_fence AS f
  WHERE d.difference <= COALESCE(param('threshold'), f.lower_fence)
    -- a fence at zero or below says that close prices are ordinary in these data
    AND COALESCE(param('threshold'), f.lower_fence) > 0
    AND (param('threshold') IS NOT NULL OR f.q1 > 0)
),
bidder AS (
  SELECT c.supplier_id AS bidder_id, c.tender_id
  FROM close AS c
  UNION
  SELECT b.bidder_id, c.tender_id
  FROM close AS c
  JOIN tender_bid AS b ON b.tender_id = c.tender_id
  WHERE b.comparable AND b.state = 'valid' AND NOT b.won AND b.price = c.second_price
)
SELECT c.unit_id, 'tender' AS subject_type, c.tender_id AS subject_id, c.difference AS metric,
  c.supplier_id AS winner_id, c.winning_price, c.second_price, c.fence, CAST(NULL AS BIGINT) AS tenders,
  CAST(NULL AS VARCHAR) AS first_tender
FROM close AS c
UNION ALL
SELECT CAST(NULL AS VARCHAR) AS unit_id, 'bidder' AS subject_type, b.bidder_id AS subject_id, CAST(0 AS DOUBLE) AS metric,
  CAST(NULL AS VARCHAR) AS winner_id, CAST(NULL AS DECIMAL(18, 2)) AS winning_price,
  CAST(NULL AS DECIMAL(18, 2)) AS second_price, CAST(NULL AS DOUBLE) AS fence, COUNT(*) AS tenders,
  MIN(b.tender_id) AS first_tender
FROM bidder AS b
WHERE b.bidder_id IS NOT NULL
GROUP BY b.bidder_id
