WITH winner AS (
  SELECT t.tender_id, MIN(b.rank_no) AS rank_no
  FROM tender AS t
  JOIN bid AS b ON b.tender_id = t.tender_id AND b.bidder_id = t.winner_id
  WHERE t.regime = 'ZB' AND t.mandatory AND COALESCE(t.award_rule, '') <> '评定分离'
  GROUP BY t.tender_id
),
struck AS (
  SELECT w.tender_id, COUNT(DISTINCT b.rank_no) AS bids, joined(b.bidder_id) AS bidders
  FROM winner AS w
  JOIN bid AS b ON b.tender_id = w.tender_id
  WHERE b.rank_no < w.rank_no
    AND (NOT COALESCE(b.valid, TRUE) OR COALESCE(b.status, '') IN ('disqualified', 'withdrawn'))
  GROUP BY w.tender_id
)
SELECT
  t.unit_id, 'tender' AS subject_type, t.tender_id AS subject_id, w.rank_no - COALESCE(s.bids, 0) AS metric,
  t.title, t.winner_id, w.rank_no, COALESCE(s.bids, 0) AS struck_out, s.bidders AS struck_bidders, t.award_rule,
  t.award_notice_date
FROM winner AS w
JOIN tender AS t ON t.tender_id = w.tender_id
LEFT JOIN struck AS s ON s.tender_id = w.tender_id
WHERE w.rank_no - COALESCE(s.bids, 0) > 1
