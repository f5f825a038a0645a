-- needs: award.status | tender.winner_id
-- Quartiles and fence as in tables/derived/difference_fence.sql.
WITH took_part AS (
  SELECT b.bidder_id, b.tender_id, MAX(CASE WHEN b.won THEN 1 ELSE 0 END) AS won
  FROM tender_bid AS b
  WHERE b.state = 'valid' AND b.sole_award AND b.bidder_id IS NOT NULL AND b.tender_id IS NOT NULL
  GROUP BY b.bidder_id, b.tender_id
),
record AS (
  SELECT p.bidder_id, COUNT(*) AS bids, SUM(p.won) AS wins, ratio_double(SUM(p.won), COUNT(*)) AS x
  FROM took_part AS p
  GROUP BY p.bidder_id
),
ranked AS (
  SELECT r.bidder_id, r.bids, r.wins, r.x, ROW_NUMBER() OVER (ORDER BY r.x) AS place,
    ROW_NUMBER() OVER (ORDER BY r.bids) AS place_by_bids, COUNT(*) OVER () AS n
  FROM record AS r
),
spots AS (
  SELECT r.x, r.bids, r.place, r.place_by_bids, r.n,
    (r.n + CAST('0.3333333333333333' AS DOUBLE)) * CAST('0.25' AS DOUBLE) + CAST('0.3333333333333333' AS DOUBLE) AS h1,
    (r.n + CAST('0.3333333333333333' AS DOUBLE)) * CAST('0.75' AS DOUBLE) + CAST('0.3333333333333333' AS DOUBLE) AS h3,
    (r.n + CAST('0.3333333333333333' AS DOUBLE)) * ratio_double(param('percentile'), 100)
      + CAST('0.3333333333333333' AS DOUBLE) AS hp
  FROM ranked AS r
),
neighbours AS (
  SELECT MAX(s.h1 - floor(s.h1)) AS part1, MAX(s.h3 - floor(s.h3)) AS part3, MAX(s.hp - floor(s.hp)) AS partp,
    MAX(CASE WHEN s.place = GREATEST(1, LEAST(s.n, floor(s.h1))) THEN s.x END) AS a1,
    MAX(CASE WHEN s.place = GREATEST(1, LEAST(s.n, floor(s.h1) + 1)) THEN s.x END) AS b1,
    MAX(CASE WHEN s.place = GREATEST(1, LEAST(s.n, floor(s.h3))) THEN s.x END) AS a3,
    MAX(CASE WHEN s.place = GREATEST(1, LEAST(s.n, floor(s.h3) + 1)) THEN s.x END) AS b3,
    MAX(CASE WHEN s.place_by_bids = GREATEST(1, LEAST(s.n, floor(s.hp))) THEN s.bids END) AS ap,
    MAX(CASE WHEN s.place_by_bids = GREATEST(1, LEAST(s.n, floor(s.hp) + 1)) THEN s.bids END) AS bp
  FROM spots AS s
),
quartiles AS (
  SELECT n.a1 + n.part1 * (n.b1 - n.a1) AS q1, n.a3 + n.part3 * (n.b3 - n.a3) AS q3,
    n.ap + n.partp * (n.bp - n.ap) AS many_bids
  FROM neighbours AS n
),
spread AS (
  SELECT q.q1, q.many_bids, q.q3 - q.q1 AS iqr, (q.q3 - q.q1) * CAST('0.5' AS DOUBLE) AS half
  FROM quartiles AS q
),
wide AS (
  SELECT s.q1, s.many_bids, s.iqr + s.half AS high, s.half - (s.iqr + s.half - s.iqr) AS low
  FROM spread AS s
),
sums AS (
  SELECT w.q1, w.many_bids, w.high, w.low, w.q1 - w.high AS below, w.q1 - w.high - w.q1 AS back
  FROM wide AS w
),
fence AS (
  SELECT s.many_bids, s.q1, COALESCE(param('threshold'),
    s.below + (s.q1 - (s.below - s.back) + (-s.high - s.back) - s.low)) AS few_wins
  FROM sums AS s
)
SELECT CAST(NULL AS VARCHAR) AS unit_id, 'bidder' AS subject_type, r.bidder_id AS subject_id, r.x AS metric,
  r.bids, r.wins, f.many_bids, f.few_wins
FROM record AS r
CROSS JOIN fence AS f
WHERE r.bids >= f.many_bids AND r.x <= f.few_wins
  -- a fence at zero or below says that losing is ordinary in these data
  AND f.few_wins > 0 AND (param('threshold') IS NOT NULL OR f.q1 > 0)
