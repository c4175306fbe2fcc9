import { expect, it } from 'vitest';
import { admissionPolicy } from '../../../src/admission/policy.ts';
import { isObject, type JsonObject } from '../../../src/values/json.ts';

const [policy, binding] = admissionPolicy(['b.azure.com', 'a.azure.com', 'b.azure.com']);

function specOf(object: JsonObject | undefined): JsonObject {
  return isObject(object?.spec) ? object.spec : {};
}

it('a policy and its binding go by one name', () => {
  expect([policy?.kind, binding?.kind]).toEqual(['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']);
  expect(policy?.metadata).toMatchObject({ name: 'azureserviceoperator-policy' });
  expect(specOf(binding)).toEqual({ policyName: 'azureserviceoperator-policy', validationActions: ['Deny'] });
});

it('it looks at all resources of the groups given, and at no subresource', () => {
  expect(specOf(policy).matchConstraints).toMatchObject({
    resourceRules: [{ apiGroups: ['a.azure.com', 'b.azure.com'], apiVersions: ['*'], resources: ['*'] }],
  });
});

it('every refusal says what to do or why', () => {
  const { validations } = specOf(policy);
  expect(
    Array.isArray(validations) &&
      validations.every((rule) => isObject(rule) && typeof rule.message === 'string' && rule.message.length > 20),
  ).toBe(true);
});

it('rules about the object never run on DELETE, where it is null', () => {
  const { validations } = specOf(policy);
  const expressions = (Array.isArray(validations) ? validations : []).map((rule) =>
    isObject(rule) ? String(rule.expression) : '',
  );
  const onObject = expressions.filter((expression) => /(?<!old)\bobject\b|Places/.test(expression));
  expect(onObject.length).toBeGreaterThan(0);
  for (const expression of onObject)
    expect(expression).toMatch(/^(!variables\.isLocked|request\.operation == "DELETE"|request\.kind)/);
});
