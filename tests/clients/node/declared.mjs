// Prints, as JSON, what each release of Bento's Node SDK declares: `methods`, the JSON schema of what each public
// method resolves to, and `contracts`, its own table of endpoints, which 2.0.0 has.
import { fileURLToPath } from 'node:url';
import { bentoEndpointContracts } from 'bento-node-sdk-2';
import ts from 'typescript';

const FACE = fileURLToPath(new URL('face.ts', import.meta.url));
const program = ts.createProgram([FACE], {
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
});
const checker = program.getTypeChecker();
const source = program.getSourceFile(FACE);

const isPublic = (symbol) =>
  !(ts.getCombinedModifierFlags(symbol.declarations[0]) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected));
const typeOf = (symbol) => checker.getTypeOfSymbolAtLocation(symbol, source);

// One kind beside null keeps its own schema, so that a difference is named by its field.
function unionSchema(type) {
  const parts = type.types.filter((part) => !(part.flags & ts.TypeFlags.Undefined)).map(schemaOf);
  const kinds = [...new Map(parts.map((part) => [JSON.stringify(part), part])).values()];
  const solid = kinds.filter((part) => part.type !== 'null');
  if (solid.every((part) => 'const' in part)) return { enum: kinds.map((part) => part.const ?? null) };
  if (solid.length > 1) return { anyOf: kinds };
  return kinds.length > 1 && solid[0].type ? { ...solid[0], type: [solid[0].type, 'null'] } : solid[0];
}

function objectSchema(type) {
  const fields = checker.getPropertiesOfType(type);
  const open = checker.getIndexInfosOfType(type)[0];
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.name, schemaOf(typeOf(field))])),
    required: fields.filter((field) => !(field.flags & ts.SymbolFlags.Optional)).map((field) => field.name),
    additionalProperties: open ? schemaOf(open.type) : false,
  };
}

function schemaOf(type) {
  if (type.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any)) return {};
  if (type.flags & ts.TypeFlags.Null) return { type: 'null' };
  if (type.flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' };
  if (type.isUnion()) return unionSchema(type);
  if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
  if (type.flags & ts.TypeFlags.String) return { type: 'string' };
  if (type.flags & ts.TypeFlags.Number) return { type: 'number' };
  if (checker.isArrayType(type)) return { type: 'array', items: schemaOf(checker.getTypeArguments(type)[0]) };
  if (type.flags & ts.TypeFlags.Object) return objectSchema(type);
  throw new Error(`No schema for ${checker.typeToString(type)}`);
}

function* methods(type, prefix) {
  for (const symbol of checker.getPropertiesOfType(type).filter(isPublic)) {
    const signature = typeOf(symbol).getCallSignatures()[0];
    if (signature) yield [prefix + symbol.name, schemaOf(checker.getAwaitedType(signature.getReturnType()))];
    else yield* methods(typeOf(symbol), `${symbol.name}.`);
  }
}

const faces = checker.getSymbolsInScope(source, ts.SymbolFlags.Variable).find((symbol) => symbol.name === 'faces');
const declared = checker.getPropertiesOfType(typeOf(faces)).map((face) => {
  const contracts = face.name === 'bento-node-sdk-2' ? bentoEndpointContracts : [];
  return [face.name, { methods: Object.fromEntries(methods(typeOf(face), '')), contracts }];
});
console.log(JSON.stringify(Object.fromEntries(declared)));
