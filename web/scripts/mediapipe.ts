/**
 * MediaPipe's face mesh as files of the page: its model, its WebAssembly with SIMD, and its loader.
 *
 * The loader that Emscripten wrote builds three kinds of functions from strings, which a strict content security policy
 * forbids. Each is replaced by a closure that does the same; a version whose text differs ends the build.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const LOADER = "face_mesh_solution_simd_wasm_bin.js";
const FILES = [
  "face_mesh.js",
  "face_mesh.binarypb",
  "face_mesh_solution_packed_assets.data",
  "face_mesh_solution_packed_assets_loader.js",
  "face_mesh_solution_simd_wasm_bin.wasm",
  LOADER,
];

interface Patch {
  /** First and last characters of what is replaced. */
  from: string;
  to: string;
  by: string;
}

const PATCHES: Patch[] = [
  {
    from: 'return new Function("body",',
    to: '"};\\n")(body)',
    by: "return {[name]:function(){return body.apply(this,arguments)}}[name]",
  },
  {
    from: 'var argsList="";var argsListWired="";',
    to: "var invokerFunction=new_(Function,args1).apply(null,args2);return invokerFunction",
    by:
      "var wired=argTypes.slice(2);return function(){" +
      "if(arguments.length!==argCount-2){throwBindingError('function '+humanName+' called with '+arguments.length+" +
      "' arguments, expected '+(argCount-2)+' args!')}" +
      "var destructors=needsDestructorStack?[]:null;var passed=[cppTargetFunc];" +
      "if(isClassMethodFunc){passed.push(argTypes[1].toWireType(destructors,this))}" +
      "for(var i=0;i<wired.length;++i){passed.push(wired[i].toWireType(destructors,arguments[i]))}" +
      "var rv=cppInvokerFunc.apply(null,passed);" +
      "if(needsDestructorStack){runDestructors(destructors)}else{" +
      "for(var i=isClassMethodFunc?1:2;i<argTypes.length;++i){" +
      "if(argTypes[i].destructorFunction!==null){argTypes[i].destructorFunction(passed[i-(isClassMethodFunc?0:1)])}}}" +
      "if(returns){return argTypes[0].fromWireType(rv)}}",
  },
  {
    from: 'var params=["retType"];var args=[retType];',
    to: "var invokerFunction=new_(Function,params).apply(null,args);",
    by:
      "var taken=types.slice(1);var invokerFunction=function(handle,name,destructors,args){var offset=0;" +
      "var values=taken.map(function(type){var value=type.readValueFromPointer(args+offset);" +
      "offset+=type.argPackAdvance;return value});" +
      "var rv=handle[name].apply(handle,values);" +
      "taken.forEach(function(type,i){if(type.deleteObject){type.deleteObject(values[i])}});" +
      "if(!retType.isVoid){return retType.toWireType(destructors,rv)}};",
  },
];

function patched(text: string): string {
  for (const { from, to, by } of PATCHES) {
    const start = text.indexOf(from);
    const end = text.indexOf(to, start);
    if (start < 0 || end < 0) throw new Error(`MediaPipe's loader has changed: ${from} ... ${to} is not in it`);
    text = text.slice(0, start) + by + text.slice(end + to.length);
  }
  if (/new Function\(|new_\(Function/.test(text)) throw new Error("MediaPipe's loader still builds functions from strings");
  return `/* Copyright Google LLC, Apache License 2.0; changed: no functions from strings. */\n${text}`;
}

/** Name and content of every file that belongs to the folder `mediapipe/` of the page. */
export function mediapipeFiles(): Map<string, Buffer | string> {
  const folder = dirname(createRequire(import.meta.url).resolve("@mediapipe/face_mesh/package.json"));
  const read = (name: string) => readFileSync(join(folder, name));
  return new Map(FILES.map((name) => [name, name === LOADER ? patched(read(name).toString("utf8")) : read(name)]));
}
