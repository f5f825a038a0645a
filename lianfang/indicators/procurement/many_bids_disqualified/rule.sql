-- Quartiles and fence as in tables/derived/difference_fence.sql.
WITH member AS (
  SELECT b.bidder_id, b.state
  FROM tender_bid AS b
  WHERE b.bidder_id IS NOT NULL AND b.submitted
  UNION ALL
  SELECT m.bidder_id, m.state
  FROM joint_bid_member AS m
  WHERE m.bidder_id IS NOT NULL AND m.submitted
),
received AS (
  SELECT r.unit_id, r.procuring_entity_id, c.submitted_bids, c.disqualified_bids
  FROM tender_competition AS c
  JOIN tender_result AS r ON r.tender_id = c.tender_id
),
tally AS (
  SELECT 'bidder' AS kind, m.bidder_id AS subject_id, COUNT(*) AS submitted,
    COUNT(CASE WHEN m.state = 'disqualified' THEN 1 END) AS disqualified
  FROM member AS m
  GROUP BY m.bidder_id
  HAVING COUNT(*) >= param('minimum_submitted_bids')
  UNION ALL
  SELECT 'buyer' AS kind, r.unit_id AS subject_id, SUM(r.submitted_bids) AS submitted,
    SUM(r.disqualified_bids) AS disqualified
  FROM received AS r
  WHERE r.unit_id IS NOT NULL
  GROUP BY r.unit_id
  HAVING SUM(r.submitted_bids) >= param('minimum_contracting_processes')
  UNION ALL
  SELECT 'procuring_entity' AS kind, r.procuring_entity_id AS subject_id, SUM(r.submitted_bids) AS submitted,
    SUM(r.disqualified_bids) AS disqualified
  FROM received AS r
  WHERE r.procuring_entity_id IS NOT NULL
  GROUP BY r.procuring_entity_id
  HAVING SUM(r.submitted_bids) >= param('minimum_contracting_processes')
),
record AS (
  SELECT t.kind, t.subject_id, t.submitted, t.disqualified, ratio_double(t.disqualified, t.submitted) AS x
  FROM tally AS t
  WHERE t.submitted > 0
),
ranked AS (
  SELECT r.kind, r.x, ROW_NUMBER() OVER (PARTITION BY r.kind ORDER BY r.x) AS place,
    COUNT(*) OVER (PARTITION BY r.kind) AS n
  FROM record AS r
),
spots AS (
  SELECT r.kind, r.x, r.place, r.n,
    (r.n + CAST('0.3333333333333333' AS DOUBLE)) * CAST('0.25' AS DOUBLE) + CAST('0.3333333333333333' AS DOUBLE) AS h1,
    (r.n + CAST('0.3333333333333333' AS DOUBLE)) * CAST('0.75' AS DOUBLE) + CAST('0.3333333333333333' AS DOUBLE) AS h3
  FROM ranked AS r
),
neighbours AS (
  SELECT s.kind, MAX(s.h1 - floor(s.h1)) AS part1, MAX(s.h3 - floor(s.h3)) AS part3,
    MAX(CASE WHEN s.place = GREATEST(1, LEAST(s.n, floor(s.h1))) THEN s.x END) AS a1,
    MAX(CASE WHEN s.place = GREATEST(1, LEAST(s.n, floor(s.h1) + 1)) THEN s.x END) AS b1,
    MAX(CASE WHEN s.place = GREATEST(1, LEAST(s.n, floor(s.h3))) THEN s.x END) AS a3,
    MAX(CASE WHEN s.place = GREATEST(1, LEAST(s.n, floor(s.h3) + 1)) THEN s.x END) AS b3
  FROM spots AS s
  GROUP BY s.kind
),
quartiles AS (
  SELECT n.kind, n.a1 + n.part1 * (n.b1 - n.a1) AS q1, n.a3 + n.part3 * (n.b3 - n.a3) AS q3
  FROM neighbours AS n
),
spread AS (
  SELECT q.kind, q.q3, q.q3 - q.q1 AS iqr, (q.q3 - q.q1) * CAST('0.5' AS DOUBLE) AS half
  FROM quartiles AS q
),
wide AS (
  SELECT s.kind, s.q3, s.iqr + s.half AS high, s.half - (s.iqr + s.half - s.iqr) AS low
  FROM spread AS s
),
sums AS (
  SELECT w.kind, w.q3, w.high, w.low, w.q3 + w.high AS above, w.q3 + w.high - w.q3 AS back
  FROM wide AS w
),
fence AS (
  SELECT s.kind, COALESCE(param('threshold'),
    s.above + (s.q3 - (s.above - s.back) + (s.high - s.back) + s.low)) AS fence
  FROM sums AS s
)
SELECT CASE WHEN r.kind <> 'bidder' THEN r.subject_id END AS unit_id, r.kind AS subject_type, r.subject_id,
  r.x AS metric, r.disqualified, r.submitted, f.fence
FROM record AS r
JOIN fence AS f ON f.kind = r.kind
WHERE r.x >= f.fence AND f.fence > 0
