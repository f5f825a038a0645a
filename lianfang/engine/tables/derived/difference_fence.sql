-- zh: 中标价与次低价之差的四分位数与上下界:全部标段合为一行
-- en: quartiles of the differences between the winning and the second price, and their fences: one row
-- Quartiles as the library statrs gives them: h = (n + 1/3) p + 1/3, linear between neighbours. The fences are rounded
-- once, like a fused multiply-add: 1.5 iqr is high + low exactly, and sums keep their error, so that ties stay ties.
WITH ranked AS (
  SELECT d.difference AS x, ROW_NUMBER() OVER (ORDER BY d.difference) AS place, COUNT(*) OVER () AS n
  FROM tender_difference AS d
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
  SELECT q.q1, q.q3, q.q3 - q.q1 AS iqr, (q.q3 - q.q1) * CAST('0.5' AS DOUBLE) AS half
  FROM quartiles AS q
),
wide AS (
  SELECT s.q1, s.q3, s.iqr + s.half AS high, s.half - (s.iqr + s.half - s.iqr) AS low
  FROM spread AS s
),
sums AS (
  SELECT w.q1, w.q3, w.high, w.low, w.q1 - w.high AS below, w.q1 - w.high - w.q1 AS below_back,
    w.q3 + w.high AS above, w.q3 + w.high - w.q3 AS above_back
  FROM wide AS w
)
SELECT s.q1, s.q3,
  s.below + (s.q1 - (s.below - s.below_back) + (-s.high - s.below_back) - s.low) AS lower_fence,
  s.above + (s.q3 - (s.above - s.above_back) + (s.high - s.above_back) + s.low) AS upper_fence
FROM sums AS s
