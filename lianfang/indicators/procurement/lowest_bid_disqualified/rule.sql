-- needs: bid.price
-- needs: award.status | tender.winner_id
WITH lowest AS (
  SELECT b.tender_id, COALESCE(b.lot_id, '') AS lot, MIN(b.price) AS lowest_price,
    MIN(CASE WHEN b.state = 'valid' THEN b.price END) AS lowest_valid_price
  FROM tender_bid AS b
  JOIN tender_competition AS c ON c.tender_id = b.tender_id
  WHERE c.disqualified_bids > 0 AND c.valid_bids > 0 AND b.comparable AND b.submitted
  GROUP BY b.tender_id, COALESCE(b.lot_id, '')
  HAVING MIN(CASE WHEN b.state = 'disqualified' THEN b.price END) = MIN(b.price)
    AND COUNT(CASE WHEN b.state = 'valid' THEN 1 END) > 0
)
SELECT r.unit_id, 'tender' AS subject_type, r.tender_id AS subject_id, 1 AS metric,
  joined(l.lot) AS lots, MIN(l.lowest_price) AS lowest_price, MIN(l.lowest_valid_price) AS lowest_valid_price
FROM lowest AS l
JOIN tender_result AS r ON r.tender_id = l.tender_id
WHERE r.active_awards > 0
GROUP BY r.unit_id, r.tender_id
