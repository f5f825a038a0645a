-- needs: bid.submit_time
-- needs: tender.bid_deadline
-- needs: award.status | tender.winner_id
WITH late AS (
  SELECT b.tender_id, b.bidder_id, b.submit_time, b.bid_deadline
  FROM tender_bid AS b
  WHERE b.state = 'valid' AND b.active_awards > 0 AND b.bidder_id IS NOT NULL AND b.submit_time > b.bid_deadline
    -- a deadline at midnight is a day without its hour: the whole day is in time
    AND (b.bid_deadline <> CAST(CAST(b.bid_deadline AS DATE) AS TIMESTAMP) OR days(b.bid_deadline, b.submit_time) > 0)
  UNION ALL
  SELECT m.tender_id, m.bidder_id, m.submit_time, r.bid_deadline
  FROM joint_bid_member AS m
  JOIN tender_result AS r ON r.tender_id = m.tender_id
  WHERE m.state = 'valid' AND r.active_awards > 0 AND m.submit_time > r.bid_deadline
    AND (r.bid_deadline <> CAST(CAST(r.bid_deadline AS DATE) AS TIMESTAMP) OR days(r.bid_deadline, m.submit_time) > 0)
),
winner AS (
  SELECT l.tender_id, l.bidder_id, l.submit_time, l.bid_deadline
  FROM late AS l
  JOIN tender_result AS r ON r.tender_id = l.tender_id
  WHERE r.supplier_id = l.bidder_id
    OR EXISTS (
      SELECT 1 FROM award AS a
      WHERE a.tender_id = l.tender_id AND a.status = 'active' AND a.supplier_id = l.bidder_id
    )
    OR EXISTS (
      SELECT 1 FROM award_supplier AS s
      JOIN award AS a ON a.tender_id = s.tender_id AND a.award_id = s.award_id
      WHERE s.tender_id = l.tender_id AND a.status = 'active' AND s.supplier_id = l.bidder_id
    )
)
SELECT r.unit_id, 'tender' AS subject_type, w.tender_id AS subject_id, 1 AS metric,
  joined(w.bidder_id) AS late_winners, MAX(w.submit_time) AS submit_time, MAX(w.bid_deadline) AS bid_deadline,
  MAX(hours(w.bid_deadline, w.submit_time)) AS hours_late, CAST(NULL AS BIGINT) AS tenders,
  CAST(NULL AS VARCHAR) AS first_tender
FROM winner AS w
JOIN tender_result AS r ON r.tender_id = w.tender_id
GROUP BY r.unit_id, w.tender_id
UNION ALL
SELECT CAST(NULL AS VARCHAR) AS unit_id, 'bidder' AS subject_type, w.bidder_id AS subject_id, 1 AS metric,
  CAST(NULL AS VARCHAR) AS late_winners, MAX(w.submit_time) AS submit_time, MAX(w.bid_deadline) AS bid_deadline,
  MAX(hours(w.bid_deadline, w.submit_time)) AS hours_late, COUNT(DISTINCT w.tender_id) AS tenders,
  MIN(w.tender_id) AS first_tender
FROM winner AS w
WHERE w.bidder_id IS NOT NULL
GROUP BY w.bidder_id
