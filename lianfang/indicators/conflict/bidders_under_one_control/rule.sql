WITH entry AS (
  SELECT DISTINCT b.tender_id, b.bidder_id, CAST(COALESCE(t.open_time, t.bid_deadline) AS DATE) AS opened_on
  FROM bid AS b
  JOIN tender AS t ON t.tender_id = b.tender_id
  WHERE b.bidder_id IS NOT NULL
),
headed AS (
  SELECT e.tender_id, e.bidder_id, c.holder_key, c.how
  FROM entry AS e
  JOIN control AS c ON c.company_id = e.bidder_id
  WHERE e.opened_on IS NOT NULL
    AND c.how IN ('法定代表人', '控股', '间接控股')
    AND (c.since_date IS NULL OR c.since_date <= e.opened_on) AND (c.until_date IS NULL OR c.until_date > e.opened_on)
    -- an authority that owns firms for the state is not a controlling firm; a state firm in the register of units is
    AND NOT EXISTS (SELECT 1 FROM unit AS u WHERE u.uscc = c.holder_key AND COALESCE(u.unit_type, '') <> '国企')
),
pair AS (
  SELECT
    a.tender_id, a.bidder_id AS one, b.bidder_id AS other,
    CASE WHEN a.how = '法定代表人' AND b.how = '法定代表人' THEN '同一负责人' ELSE '同一控制人' END AS link
  FROM headed AS a
  JOIN headed AS b ON b.tender_id = a.tender_id AND b.holder_key = a.holder_key
  WHERE a.bidder_id < b.bidder_id
  UNION ALL
  SELECT
    h.tender_id, LEAST(h.holder_key, h.bidder_id) AS one, GREATEST(h.holder_key, h.bidder_id) AS other, '控股' AS link
  FROM headed AS h
  JOIN entry AS e ON e.tender_id = h.tender_id AND e.bidder_id = h.holder_key
)
SELECT
  t.unit_id, 'tender' AS subject_type, t.tender_id AS subject_id, COUNT(DISTINCT p.one || '/' || p.other) AS metric,
  MAX(t.title) AS title, MAX(t.open_time) AS open_time, MAX(t.winner_id) AS winner_id,
  joined(p.one || '/' || p.other) AS pairs, joined(p.link) AS links
FROM pair AS p
JOIN tender AS t ON t.tender_id = p.tender_id
GROUP BY t.unit_id, t.tender_id
