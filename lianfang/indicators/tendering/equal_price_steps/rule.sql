WITH priced AS (
  SELECT
    b.tender_id, b.lot_id, b.price,
    LAG(b.price) OVER (PARTITION BY b.tender_id, b.lot_id ORDER BY b.price) AS below
  FROM bid AS b
  JOIN tender AS t ON t.tender_id = b.tender_id
  WHERE COALESCE(b.valid, COALESCE(b.status, '') NOT IN ('invited', 'disqualified', 'withdrawn')) AND b.price > 0
    AND COALESCE(b.currency, 'CNY') = COALESCE(t.currency, 'CNY')
),
step AS (
  SELECT p.tender_id, p.lot_id, p.price, p.below, p.price - p.below AS gap, ratio(p.price - p.below, p.below) AS rise
  FROM priced AS p
  WHERE p.below IS NOT NULL
),
evenness AS (
  SELECT
    s.tender_id, s.lot_id, COUNT(*) + 1 AS bids, MIN(s.below) AS lowest, MAX(s.price) AS highest,
    MIN(s.gap) AS smallest_gap, MAX(s.gap) AS largest_gap,
    1 - ratio(STDDEV_SAMP(s.gap), mean(s.gap)) AS of_gaps, 1 - ratio(STDDEV_SAMP(s.rise), mean(s.rise)) AS of_rises
  FROM step AS s
  GROUP BY s.tender_id, s.lot_id
  HAVING COUNT(*) >= param('bids') - 1 AND SUM(s.gap) > 0
)
SELECT
  t.unit_id, 'tender' AS subject_type,
  CASE WHEN e.lot_id IS NULL THEN t.tender_id ELSE t.tender_id || '/' || e.lot_id END AS subject_id,
  GREATEST(e.of_gaps, e.of_rises) AS metric,
  t.title, CASE WHEN e.of_gaps >= e.of_rises THEN '等差' ELSE '等比' END AS pattern, e.bids, e.lowest, e.highest,
  param('spread', as_of(), CAST(e.bids AS VARCHAR)) AS spread_allowed,
  e.smallest_gap, e.largest_gap, t.winner_id
FROM evenness AS e
JOIN tender AS t ON t.tender_id = e.tender_id
WHERE GREATEST(e.of_gaps, e.of_rises) > 1 - param('spread', as_of(), CAST(e.bids AS VARCHAR))
  AND NOT EXISTS (SELECT 1 FROM contract AS c WHERE c.tender_id = t.tender_id AND c.award_kind = '费率')
