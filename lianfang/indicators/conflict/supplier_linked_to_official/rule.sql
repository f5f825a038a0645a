WITH appointed AS (
  SELECT DISTINCT s.company_id, s.person_key
  FROM company_staff AS s
  WHERE s.appointed_by_unit
),
linked AS (
  SELECT
    c.contract_id, o.person_id, joined(k.relation) AS relations, joined(i.how) AS links,
    MAX(CASE WHEN o.is_leader THEN 1 ELSE 0 END) AS leader
  FROM contract AS c
  JOIN tenure AS o ON o.unit_id = c.unit_id
  JOIN kin AS k ON k.person_id = o.person_id
  JOIN interest AS i ON i.holder_key = k.person_key AND i.company_id = c.supplier_id
  LEFT JOIN appointed AS a ON a.company_id = i.company_id AND a.person_key = i.holder_key
  WHERE c.sign_date IS NOT NULL
    AND (o.since_date IS NULL OR o.since_date <= c.sign_date) AND (o.until_date IS NULL OR o.until_date > c.sign_date)
    AND (i.since_date IS NULL OR i.since_date <= c.sign_date) AND (i.until_date IS NULL OR i.until_date > c.sign_date)
    AND (a.person_key IS NULL OR i.how IN ('控股', '间接控股', '持股'))
  GROUP BY c.contract_id, o.person_id
)
SELECT
  c.unit_id, 'contract' AS subject_type, c.contract_id AS subject_id, l.person_id, c.amount AS metric,
  c.title, c.sign_date, c.supplier_id, c.procure_mode, l.relations, l.links, l.leader = 1 AS is_leader
FROM linked AS l
JOIN contract AS c ON c.contract_id = l.contract_id
WHERE c.amount > 0
