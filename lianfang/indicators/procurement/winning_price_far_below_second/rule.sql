WITH far AS (
  SELECT d.tender_id, d.unit_id, d.supplier_id, d.winning_price, d.second_price, d.difference,
    COALESCE(param('threshold'), f.upper_fence) AS fence
  FROM tender_difference AS d
  CROSS JOIN difference_fence AS f
  WHERE d.difference >= COALESCE(param('threshold'), f.upper_fence)
    -- a fence at zero says that three tenders in four have no difference at all
    AND COALESCE(param('threshold'), f.upper_fence) > 0
)
SELECT f.unit_id, 'tender' AS subject_type, f.tender_id AS subject_id, f.difference AS metric,
  f.supplier_id AS winner_id, f.winning_price, f.second_price, f.fence, CAST(NULL AS BIGINT) AS tenders,
  CAST(NULL AS VARCHAR) AS first_tender
FROM far AS f
UNION ALL
SELECT CAST(NULL AS VARCHAR) AS unit_id, 'bidder' AS subject_type, f.supplier_id AS subject_id, CAST(0 AS DOUBLE) AS metric,
  CAST(NULL AS VARCHAR) AS winner_id, CAST(NULL AS DECIMAL(18, 2)) AS winning_price,
  CAST(NULL AS DECIMAL(18, 2)) AS second_price, CAST(NULL AS DOUBLE) AS fence, COUNT(*) AS tenders,
  MIN(f.tender_id) AS first_tender
FROM far AS f
WHERE f.supplier_id IS NOT NULL
GROUP BY f.supplier_id
