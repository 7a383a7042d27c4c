/* global React, ReactDOM, GraphiQL */
const place = document.getElementById('graphiql');
const { token, council, tabs } = JSON.parse(place.dataset.settings);
const headers = { 'x-council': council, authorization: `Bearer ${token}` };
const fetcher = GraphiQL.createFetcher({ url: '/graphql', headers });
ReactDOM.createRoot(place).render(
  React.createElement(GraphiQL, { fetcher, defaultTabs: tabs, shouldPersistHeaders: false }),
);
