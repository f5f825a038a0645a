-- needs: award.status | tender.winner_id
WITH candidate AS (
  SELECT r.tender_id, r.unit_id, r.supplier_id
  FROM tender_result AS r
  JOIN tender_competition AS c ON c.tender_id = r.tender_id
  WHERE r.active_awards > 0 AND r.open_awards = 0 AND r.supplier_id IS NOT NULL
    AND c.winner_bids > 0 AND c.other_valid_bids = 0 AND c.disqualified_bids > 0
),
rejected AS (
  SELECT c.tender_id, b.bidder_id
  FROM candidate AS c
  JOIN tender_bid AS b ON b.tender_id = c.tender_id
  WHERE b.state = 'disqualified' AND b.bidder_id IS NOT NULL AND b.bidder_id <> c.supplier_id
  UNION
  SELECT c.tender_id, m.bidder_id
  FROM candidate AS c
  JOIN joint_bid_member AS m ON m.tender_id = c.tender_id
  WHERE m.state = 'disqualified' AND m.bidder_id IS NOT NULL AND m.bidder_id <> c.supplier_id
),
flagged AS (
  SELECT c.tender_id, c.unit_id, c.supplier_id, COUNT(*) AS rejected, joined(r.bidder_id) AS rejected_bidders
  FROM candidate AS c
  JOIN rejected AS r ON r.tender_id = c.tender_id
  GROUP BY c.tender_id, c.unit_id, c.supplier_id
  HAVING COUNT(*) >= GREATEST(param('threshold'), 1)
)
SELECT f.unit_id, 'tender' AS subject_type, f.tender_id AS subject_id, f.rejected AS metric,
  f.supplier_id AS winner_id, f.rejected_bidders, CAST(NULL AS BIGINT) AS tenders, CAST(NULL AS VARCHAR) AS first_tender
FROM flagged AS f
UNION ALL
SELECT CAST(NULL AS VARCHAR) AS unit_id, 'bidder' AS subject_type, f.supplier_id AS subject_id, 0 AS metric,
  CAST(NULL AS VARCHAR) AS winner_id, CAST(NULL AS VARCHAR) AS rejected_bidders, COUNT(*) AS tenders,
  MIN(f.tender_id) AS first_tender
FROM flagged AS f
WHERE f.supplier_id IS NOT NULL
GROUP BY f.supplier_id
