-- zh: 公职人员本人及其申报的亲属
-- en: a public official, as 本人, and the relatives the official declared
-- needs: person.person_key
SELECT p.person_id, p.person_key, '本人' AS relation
FROM person AS p
WHERE p.person_key IS NOT NULL
UNION ALL
SELECT r.person_id, r.relative_key AS person_key, r.relation
FROM relative AS r
WHERE r.relative_key IS NOT NULL AND COALESCE(r.source, '申报') <> '户籍推断'
