-- Quartiles and fence as in tables/derived/difference_fence.sql.
WITH frequent AS (
  SELECT a.supplier_id
  FROM award AS a
  WHERE a.status = 'active' AND a.supplier_id IS NOT NULL
  GROUP BY a.supplier_id
  HAVING COUNT(*) >= param('minimum_contracting_processes')
),
won AS (
  SELECT a.supplier_id, a.tender_id, LEFT(i.classification_id, CAST(param('digits') AS INTEGER)) AS class
  FROM award AS a
  JOIN frequent AS f ON f.supplier_id = a.supplier_id
  JOIN item AS i ON i.tender_id = a.tender_id AND i.award_id = a.award_id
  WHERE a.status = 'active' AND i.classification_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM tender AS t WHERE t.tender_id = a.tender_id AND t.status IN ('cancelled', '终止'))
),
record AS (
  SELECT w.supplier_id, COUNT(DISTINCT w.tender_id) AS tenders, CAST(COUNT(DISTINCT w.class) AS DOUBLE) AS x,
    joined(w.class) AS classes
  FROM won AS w
  WHERE w.supplier_id IS NOT NULL
  GROUP BY w.supplier_id
  HAVING COUNT(DISTINCT w.tender_id) >= param('minimum_contracting_processes')
),
ranked AS (
  SELECT r.x, ROW_NUMBER() OVER (ORDER BY r.x) AS place, COUNT(*) OVER () AS n
  FROM record AS r
),
spots AS (
  SELECT r.x, r.place, r.n,
    (r.n + CAST('0.3333333333333333' AS DOUBLE)) * CAST('0.25' AS DOUBLE) + CAST('0.3333333333333333' AS DOUBLE) AS h1,
    (r.n + CAST('0.3333333333333333' AS DOUBLE)) * CAST('0.75' AS DOUBLE) + CAST('0.3333333333333333' AS DOUBLE) AS h3
  FROM ranked AS r
),
neighbours AS (
  SELECT MAX(s.h1 - floor(s.h1)) AS part1, MAX(s.h3 - floor(s.h3)) AS part3,
    MAX(CASE WHEN s.place = GREATEST(1, LEAST(s.n, floor(s.h1))) THEN s.x END) AS a1,
    MAX(CASE WHEN s.place = GREATEST(1, LEAST(s.n, floor(s.h1) + 1)) THEN s.x END) AS b1,
    MAX(CASE WHEN s.place = GREATEST(1, LEAST(s.n, floor(s.h3))) THEN s.x END) AS a3,
    MAX(CASE WHEN s.place = GREATEST(1, LEAST(s.n, floor(s.h3) + 1)) THEN s.x END) AS b3
  FROM spots AS s
),
quartiles AS (
  SELECT n.a1 + n.part1 * (n.b1 - n.a1) AS q1, n.a3 + n.part3 * (n.b3 - n.a3) AS q3
  FROM neighbours AS n
),
spread AS (
  SELECT q.q3, q.q3 - q.q1 AS iqr, (q.q3 - q.q1) * CAST('0.5' AS DOUBLE) AS half
  FROM quartiles AS q
),
wide AS (
  SELECT s.q3, s.iqr + s.half AS high, s.half - (s.iqr + s.half - s.iqr) AS low
  FROM spread AS s
),
sums AS (
  SELECT w.q3, w.high, w.low, w.q3 + w.high AS above, w.q3 + w.high - w.q3 AS back
  FROM wide AS w
),
fence AS (
  SELECT COALESCE(CAST(param('threshold') AS DOUBLE),
    s.above + (s.q3 - (s.above - s.back) + (s.high - s.back) + s.low)) AS fence
  FROM sums AS s
)
SELECT CAST(NULL AS VARCHAR) AS unit_id, 'bidder' AS subject_type, r.supplier_id AS subject_id, r.x AS metric,
  r.tenders, r.classes, f.fence
FROM record AS r
CROSS JOIN fence AS f
WHERE r.x >= f.fence
