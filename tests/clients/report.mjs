// A reporter of Node's test runner: how many cases passed and failed, in the form that .ci/count sums.

export default async function* report(events) {
  let passed = 0;
  let failed = 0;
  for await (const { type } of events) {
    if (type === "test:pass") passed += 1;
    if (type === "test:fail") failed += 1;
  }
  yield `<TestResult><TestSuite test_cases_passed="${passed}" test_cases_failed="${failed}"/></TestResult>\n`;
}
