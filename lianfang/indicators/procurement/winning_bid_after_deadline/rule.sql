-- needs: bid.submit_time
-- needs: tender.bid_deadline
-- needs: award.status | tender.winner_id
WITH sent AS (
  SELECT b.tender_id, b.bidder_id, b.submit_time
  FROM tender_bid AS b
  WHERE b.state = 'valid' AND b.after_deadline AND b.bidder_id IS NOT NULL
  UNION ALL
  SELECT m.tender_id, m.bidder_id, m.submit_time
  FROM joint_bid_member AS m
  WHERE m.state = 'valid' AND m.bidder_id IS NOT NULL
),
late AS (
  SELECT r.tender_id, r.unit_id, r.supplier_id, r.bid_deadline, s.bidder_id, s.submit_time
  FROM sent AS s
  JOIN tender_result AS r ON r.tender_id = s.tender_id
  WHERE r.active_awards > 0 AND s.submit_time > r.bid_deadline
    -- a deadline at midnight is a day without its hour: the whole day is in time
    AND (r.bid_deadline <> CAST(CAST(r.bid_deadline AS DATE) AS TIMESTAMP) OR days(r.bid_deadline, s.submit_time) > 0)
),
winner AS (
  SELECT l.tender_id, l.unit_id, l.bidder_id, l.submit_time, l.bid_deadline
  FROM late AS l
  WHERE l.supplier_id = l.bidder_id
  UNION
  SELECT l.tender_id, l.unit_id, l.bidder_id, l.submit_time, l.bid_deadline
  FROM late AS l
  JOIN award AS a ON a.tender_id = l.tender_id AND a.supplier_id = l.bidder_id
  WHERE l.supplier_id IS NULL AND a.status = 'active'
  UNION
  SELECT l.tender_id, l.unit_id, l.bidder_id, l.submit_time, l.bid_deadline
  FROM late AS l
  JOIN award_supplier AS s ON s.tender_id = l.tender_id AND s.supplier_id = l.bidder_id
  JOIN award AS a ON a.tender_id = s.tender_id AND a.award_id = s.award_id
  WHERE l.supplier_id IS NULL AND a.status = 'active'
)
SELECT w.unit_id, 'tender' AS subject_type, w.tender_id AS subject_id, 1 AS metric,
  joined(w.bidder_id) AS late_winners, MAX(w.submit_time) AS submit_time, MAX(w.bid_deadline) AS bid_deadline,
  MAX(hours(w.bid_deadline, w.submit_time)) AS hours_late, CAST(NULL AS BIGINT) AS tenders,
  CAST(NULL AS VARCHAR) AS first_tender
FROM winner AS w
WHERE w.tender_id IS NOT NULL
GROUP BY w.unit_id, w.tender_id
UNION ALL
SELECT CAST(NULL AS VARCHAR) AS unit_id, 'bidder' AS subject_type, w.bidder_id AS subject_id, 1 AS metric,
  CAST(NULL AS VARCHAR) AS late_winners, MAX(w.submit_time) AS submit_time, MAX(w.bid_deadline) AS bid_deadline,
  MAX(hours(w.bid_deadline, w.submit_time)) AS hours_late, COUNT(DISTINCT w.tender_id) AS tenders,
  MIN(w.tender_id) AS first_tender
FROM winner AS w
WHERE w.bidder_id IS NOT NULL
GROUP BY w.bidder_id
