-- zh: 标段结果:一行一个未终止的标段,授标是否全部有定论,中标人是谁(唯一时)
-- en: the outcome of a tender that was not cancelled: whether all awards are settled, and the winner where there is one only
WITH awarded AS (
  SELECT a.tender_id,
    COUNT(CASE WHEN a.status = 'active' THEN 1 END) AS active_awards,
    COUNT(CASE WHEN a.status NOT IN ('active', 'cancelled', 'unsuccessful') THEN 1 END) AS open_awards,
    MIN(CASE WHEN a.status = 'active' THEN a.supplier_id END) AS first_supplier,
    MAX(CASE WHEN a.status = 'active' THEN a.supplier_id END) AS last_supplier
  FROM award AS a
  WHERE a.tender_id IS NOT NULL
  GROUP BY a.tender_id
),
joint AS (
  SELECT DISTINCT s.tender_id
  FROM award_supplier AS s
  JOIN award AS a ON a.tender_id = s.tender_id AND a.award_id = s.award_id
  WHERE a.status = 'active'
)
SELECT t.tender_id, t.unit_id, t.procuring_entity_id, t.currency, t.prices_compared, t.bid_deadline,
  COALESCE(w.active_awards, CASE WHEN t.winner_id IS NOT NULL THEN 1 ELSE 0 END) AS active_awards,
  COALESCE(w.open_awards, 0) AS open_awards,
  CASE WHEN w.tender_id IS NULL THEN t.winner_id
       WHEN j.tender_id IS NULL AND w.first_supplier = w.last_supplier THEN w.first_supplier END AS supplier_id
FROM tender AS t
LEFT JOIN awarded AS w ON w.tender_id = t.tender_id
LEFT JOIN joint AS j ON j.tender_id = t.tender_id
WHERE COALESCE(t.status, '') NOT IN ('cancelled', '终止')
