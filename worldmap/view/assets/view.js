var m0=Object.create;var aa=Object.defineProperty;var g0=Object.getOwnPropertyDescriptor;var _0=Object.getOwnPropertyNames;var v0=Object.getPrototypeOf,y0=Object.prototype.hasOwnProperty;var x0=(n=>typeof require<"u"?require:typeof Proxy<"u"?new Proxy(n,{get:(t,e)=>(typeof require<"u"?require:t)[e]}):n)(function(n){if(typeof require<"u")return require.apply(this,arguments);throw Error('Dynamic require of "'+n+'" is not supported')});var cf=(n,t,e)=>()=>{if(e)throw e[0];try{return n&&(t=n(n=0)),t}catch(i){throw e=[i],i}};var xe=(n,t)=>()=>{try{return t||n((t={exports:{}}).exports,t),t.exports}catch(e){throw t=0,e}},hf=(n,t)=>{for(var e in t)aa(n,e,{get:t[e],enumerable:!0})},uf=(n,t,e,i)=>{if(t&&typeof t=="object"||typeof t=="function")for(let r of _0(t))!y0.call(n,r)&&r!==e&&aa(n,r,{get:()=>t[r],enumerable:!(i=g0(t,r))||i.enumerable});return n};var df=(n,t,e)=>(e=n!=null?m0(v0(n)):{},uf(t||!n||!n.__esModule?aa(e,"default",{value:n,enumerable:!0}):e,n)),ff=n=>uf(aa({},"__esModule",{value:!0}),n);var Gm=xe((pc,Vm)=>{(function(n,t){typeof pc=="object"&&typeof Vm<"u"?t(pc):typeof define=="function"&&define.amd?define(["exports"],t):(n=typeof globalThis<"u"?globalThis:n||self,t(n.leaflet={}))})(pc,(function(n){"use strict";var t="1.9.4";function e(s){var a,h,f,v;for(h=1,f=arguments.length;h<f;h++){v=arguments[h];for(a in v)s[a]=v[a]}return s}var i=Object.create||(function(){function s(){}return function(a){return s.prototype=a,new s}})();function r(s,a){var h=Array.prototype.slice;if(s.bind)return s.bind.apply(s,h.call(arguments,1));var f=h.call(arguments,2);return function(){return s.apply(a,f.length?f.concat(h.call(arguments)):arguments)}}var o=0;function l(s){return"_leaflet_id"in s||(s._leaflet_id=++o),s._leaflet_id}function c(s,a,h){var f,v,E,U;return U=function(){f=!1,v&&(E.apply(h,v),v=!1)},E=function(){f?v=arguments:(s.apply(h,arguments),setTimeout(U,a),f=!0)},E}function u(s,a,h){var f=a[1],v=a[0],E=f-v;return s===f&&h?s:((s-v)%E+E)%E+v}function d(){return!1}function p(s,a){if(a===!1)return s;var h=Math.pow(10,a===void 0?6:a);return Math.round(s*h)/h}function m(s){return s.trim?s.trim():s.replace(/^\s+|\s+$/g,"")}function g(s){return m(s).split(/\s+/)}function _(s,a){Object.prototype.hasOwnProperty.call(s,"options")||(s.options=s.options?i(s.options):{});for(var h in a)s.options[h]=a[h];return s.options}function M(s,a,h){var f=[];for(var v in s)f.push(encodeURIComponent(h?v.toUpperCase():v)+"="+encodeURIComponent(s[v]));return(!a||a.indexOf("?")===-1?"?":"&")+f.join("&")}var T=/\{ *([\w_ -]+) *\}/g;function x(s,a){return s.replace(T,function(h,f){var v=a[f];if(v===void 0)throw new Error("No value provided for variable "+h);return typeof v=="function"&&(v=v(a)),v})}var y=Array.isArray||function(s){return Object.prototype.toString.call(s)==="[object Array]"};function A(s,a){for(var h=0;h<s.length;h++)if(s[h]===a)return h;return-1}var I="data:image/gif;base64,R0lGODlhAQABAAD/ACwAAAAAAQABAAACADs=";function P(s){return window["webkit"+s]||window["moz"+s]||window["ms"+s]}var N=0;function D(s){var a=+new Date,h=Math.max(0,16-(a-N));return N=a+h,window.setTimeout(s,h)}var b=window.requestAnimationFrame||P("RequestAnimationFrame")||D,C=window.cancelAnimationFrame||P("CancelAnimationFrame")||P("CancelRequestAnimationFrame")||function(s){window.clearTimeout(s)};function X(s,a,h){if(h&&b===D)s.call(a);else return b.call(window,r(s,a))}function z(s){s&&C.call(window,s)}var G={__proto__:null,extend:e,create:i,bind:r,get lastId(){return o},stamp:l,throttle:c,wrapNum:u,falseFn:d,formatNum:p,trim:m,splitWords:g,setOptions:_,getParamString:M,template:x,isArray:y,indexOf:A,emptyImageUrl:I,requestFn:b,cancelFn:C,requestAnimFrame:X,cancelAnimFrame:z};function K(){}K.extend=function(s){var a=function(){_(this),this.initialize&&this.initialize.apply(this,arguments),this.callInitHooks()},h=a.__super__=this.prototype,f=i(h);f.constructor=a,a.prototype=f;for(var v in this)Object.prototype.hasOwnProperty.call(this,v)&&v!=="prototype"&&v!=="__super__"&&(a[v]=this[v]);return s.statics&&e(a,s.statics),s.includes&&(ot(s.includes),e.apply(null,[f].concat(s.includes))),e(f,s),delete f.statics,delete f.includes,f.options&&(f.options=h.options?i(h.options):{},e(f.options,s.options)),f._initHooks=[],f.callInitHooks=function(){if(!this._initHooksCalled){h.callInitHooks&&h.callInitHooks.call(this),this._initHooksCalled=!0;for(var E=0,U=f._initHooks.length;E<U;E++)f._initHooks[E].call(this)}},a},K.include=function(s){var a=this.prototype.options;return e(this.prototype,s),s.options&&(this.prototype.options=a,this.mergeOptions(s.options)),this},K.mergeOptions=function(s){return e(this.prototype.options,s),this},K.addInitHook=function(s){var a=Array.prototype.slice.call(arguments,1),h=typeof s=="function"?s:function(){this[s].apply(this,a)};return this.prototype._initHooks=this.prototype._initHooks||[],this.prototype._initHooks.push(h),this};function ot(s){if(!(typeof L>"u"||!L||!L.Mixin)){s=y(s)?s:[s];for(var a=0;a<s.length;a++)s[a]===L.Mixin.Events&&console.warn("Deprecated include of L.Mixin.Events: this property will be removed in future releases, please inherit from L.Evented instead.",new Error().stack)}}var B={on:function(s,a,h){if(typeof s=="object")for(var f in s)this._on(f,s[f],a);else{s=g(s);for(var v=0,E=s.length;v<E;v++)this._on(s[v],a,h)}return this},off:function(s,a,h){if(!arguments.length)delete this._events;else if(typeof s=="object")for(var f in s)this._off(f,s[f],a);else{s=g(s);for(var v=arguments.length===1,E=0,U=s.length;E<U;E++)v?this._off(s[E]):this._off(s[E],a,h)}return this},_on:function(s,a,h,f){if(typeof a!="function"){console.warn("wrong listener type: "+typeof a);return}if(this._listens(s,a,h)===!1){h===this&&(h=void 0);var v={fn:a,ctx:h};f&&(v.once=!0),this._events=this._events||{},this._events[s]=this._events[s]||[],this._events[s].push(v)}},_off:function(s,a,h){var f,v,E;if(this._events&&(f=this._events[s],!!f)){if(arguments.length===1){if(this._firingCount)for(v=0,E=f.length;v<E;v++)f[v].fn=d;delete this._events[s];return}if(typeof a!="function"){console.warn("wrong listener type: "+typeof a);return}var U=this._listens(s,a,h);if(U!==!1){var $=f[U];this._firingCount&&($.fn=d,this._events[s]=f=f.slice()),f.splice(U,1)}}},fire:function(s,a,h){if(!this.listens(s,h))return this;var f=e({},a,{type:s,target:this,sourceTarget:a&&a.sourceTarget||this});if(this._events){var v=this._events[s];if(v){this._firingCount=this._firingCount+1||1;for(var E=0,U=v.length;E<U;E++){var $=v[E],tt=$.fn;$.once&&this.off(s,tt,$.ctx),tt.call($.ctx||this,f)}this._firingCount--}}return h&&this._propagateEvent(f),this},listens:function(s,a,h,f){typeof s!="string"&&console.warn('"string" type argument expected');var v=a;typeof a!="function"&&(f=!!a,v=void 0,h=void 0);var E=this._events&&this._events[s];if(E&&E.length&&this._listens(s,v,h)!==!1)return!0;if(f){for(var U in this._eventParents)if(this._eventParents[U].listens(s,a,h,f))return!0}return!1},_listens:function(s,a,h){if(!this._events)return!1;var f=this._events[s]||[];if(!a)return!!f.length;h===this&&(h=void 0);for(var v=0,E=f.length;v<E;v++)if(f[v].fn===a&&f[v].ctx===h)return v;return!1},once:function(s,a,h){if(typeof s=="object")for(var f in s)this._on(f,s[f],a,!0);else{s=g(s);for(var v=0,E=s.length;v<E;v++)this._on(s[v],a,h,!0)}return this},addEventParent:function(s){return this._eventParents=this._eventParents||{},this._eventParents[l(s)]=s,this},removeEventParent:function(s){return this._eventParents&&delete this._eventParents[l(s)],this},_propagateEvent:function(s){for(var a in this._eventParents)this._eventParents[a].fire(s.type,e({layer:s.target,propagatedFrom:s.target},s),!0)}};B.addEventListener=B.on,B.removeEventListener=B.clearAllEventListeners=B.off,B.addOneTimeEventListener=B.once,B.fireEvent=B.fire,B.hasEventListeners=B.listens;var it=K.extend(B);function Z(s,a,h){this.x=h?Math.round(s):s,this.y=h?Math.round(a):a}var et=Math.trunc||function(s){return s>0?Math.floor(s):Math.ceil(s)};Z.prototype={clone:function(){return new Z(this.x,this.y)},add:function(s){return this.clone()._add(nt(s))},_add:function(s){return this.x+=s.x,this.y+=s.y,this},subtract:function(s){return this.clone()._subtract(nt(s))},_subtract:function(s){return this.x-=s.x,this.y-=s.y,this},divideBy:function(s){return this.clone()._divideBy(s)},_divideBy:function(s){return this.x/=s,this.y/=s,this},multiplyBy:function(s){return this.clone()._multiplyBy(s)},_multiplyBy:function(s){return this.x*=s,this.y*=s,this},scaleBy:function(s){return new Z(this.x*s.x,this.y*s.y)},unscaleBy:function(s){return new Z(this.x/s.x,this.y/s.y)},round:function(){return this.clone()._round()},_round:function(){return this.x=Math.round(this.x),this.y=Math.round(this.y),this},floor:function(){return this.clone()._floor()},_floor:function(){return this.x=Math.floor(this.x),this.y=Math.floor(this.y),this},ceil:function(){return this.clone()._ceil()},_ceil:function(){return this.x=Math.ceil(this.x),this.y=Math.ceil(this.y),this},trunc:function(){return this.clone()._trunc()},_trunc:function(){return this.x=et(this.x),this.y=et(this.y),this},distanceTo:function(s){s=nt(s);var a=s.x-this.x,h=s.y-this.y;return Math.sqrt(a*a+h*h)},equals:function(s){return s=nt(s),s.x===this.x&&s.y===this.y},contains:function(s){return s=nt(s),Math.abs(s.x)<=Math.abs(this.x)&&Math.abs(s.y)<=Math.abs(this.y)},toString:function(){return"Point("+p(this.x)+", "+p(this.y)+")"}};function nt(s,a,h){return s instanceof Z?s:y(s)?new Z(s[0],s[1]):s==null?s:typeof s=="object"&&"x"in s&&"y"in s?new Z(s.x,s.y):new Z(s,a,h)}function J(s,a){if(s)for(var h=a?[s,a]:s,f=0,v=h.length;f<v;f++)this.extend(h[f])}J.prototype={extend:function(s){var a,h;if(!s)return this;if(s instanceof Z||typeof s[0]=="number"||"x"in s)a=h=nt(s);else if(s=ct(s),a=s.min,h=s.max,!a||!h)return this;return!this.min&&!this.max?(this.min=a.clone(),this.max=h.clone()):(this.min.x=Math.min(a.x,this.min.x),this.max.x=Math.max(h.x,this.max.x),this.min.y=Math.min(a.y,this.min.y),this.max.y=Math.max(h.y,this.max.y)),this},getCenter:function(s){return nt((this.min.x+this.max.x)/2,(this.min.y+this.max.y)/2,s)},getBottomLeft:function(){return nt(this.min.x,this.max.y)},getTopRight:function(){return nt(this.max.x,this.min.y)},getTopLeft:function(){return this.min},getBottomRight:function(){return this.max},getSize:function(){return this.max.subtract(this.min)},contains:function(s){var a,h;return typeof s[0]=="number"||s instanceof Z?s=nt(s):s=ct(s),s instanceof J?(a=s.min,h=s.max):a=h=s,a.x>=this.min.x&&h.x<=this.max.x&&a.y>=this.min.y&&h.y<=this.max.y},intersects:function(s){s=ct(s);var a=this.min,h=this.max,f=s.min,v=s.max,E=v.x>=a.x&&f.x<=h.x,U=v.y>=a.y&&f.y<=h.y;return E&&U},overlaps:function(s){s=ct(s);var a=this.min,h=this.max,f=s.min,v=s.max,E=v.x>a.x&&f.x<h.x,U=v.y>a.y&&f.y<h.y;return E&&U},isValid:function(){return!!(this.min&&this.max)},pad:function(s){var a=this.min,h=this.max,f=Math.abs(a.x-h.x)*s,v=Math.abs(a.y-h.y)*s;return ct(nt(a.x-f,a.y-v),nt(h.x+f,h.y+v))},equals:function(s){return s?(s=ct(s),this.min.equals(s.getTopLeft())&&this.max.equals(s.getBottomRight())):!1}};function ct(s,a){return!s||s instanceof J?s:new J(s,a)}function dt(s,a){if(s)for(var h=a?[s,a]:s,f=0,v=h.length;f<v;f++)this.extend(h[f])}dt.prototype={extend:function(s){var a=this._southWest,h=this._northEast,f,v;if(s instanceof It)f=s,v=s;else if(s instanceof dt){if(f=s._southWest,v=s._northEast,!f||!v)return this}else return s?this.extend(j(s)||At(s)):this;return!a&&!h?(this._southWest=new It(f.lat,f.lng),this._northEast=new It(v.lat,v.lng)):(a.lat=Math.min(f.lat,a.lat),a.lng=Math.min(f.lng,a.lng),h.lat=Math.max(v.lat,h.lat),h.lng=Math.max(v.lng,h.lng)),this},pad:function(s){var a=this._southWest,h=this._northEast,f=Math.abs(a.lat-h.lat)*s,v=Math.abs(a.lng-h.lng)*s;return new dt(new It(a.lat-f,a.lng-v),new It(h.lat+f,h.lng+v))},getCenter:function(){return new It((this._southWest.lat+this._northEast.lat)/2,(this._southWest.lng+this._northEast.lng)/2)},getSouthWest:function(){return this._southWest},getNorthEast:function(){return this._northEast},getNorthWest:function(){return new It(this.getNorth(),this.getWest())},getSouthEast:function(){return new It(this.getSouth(),this.getEast())},getWest:function(){return this._southWest.lng},getSouth:function(){return this._southWest.lat},getEast:function(){return this._northEast.lng},getNorth:function(){return this._northEast.lat},contains:function(s){typeof s[0]=="number"||s instanceof It||"lat"in s?s=j(s):s=At(s);var a=this._southWest,h=this._northEast,f,v;return s instanceof dt?(f=s.getSouthWest(),v=s.getNorthEast()):f=v=s,f.lat>=a.lat&&v.lat<=h.lat&&f.lng>=a.lng&&v.lng<=h.lng},intersects:function(s){s=At(s);var a=this._southWest,h=this._northEast,f=s.getSouthWest(),v=s.getNorthEast(),E=v.lat>=a.lat&&f.lat<=h.lat,U=v.lng>=a.lng&&f.lng<=h.lng;return E&&U},overlaps:function(s){s=At(s);var a=this._southWest,h=this._northEast,f=s.getSouthWest(),v=s.getNorthEast(),E=v.lat>a.lat&&f.lat<h.lat,U=v.lng>a.lng&&f.lng<h.lng;return E&&U},toBBoxString:function(){return[this.getWest(),this.getSouth(),this.getEast(),this.getNorth()].join(",")},equals:function(s,a){return s?(s=At(s),this._southWest.equals(s.getSouthWest(),a)&&this._northEast.equals(s.getNorthEast(),a)):!1},isValid:function(){return!!(this._southWest&&this._northEast)}};function At(s,a){return s instanceof dt?s:new dt(s,a)}function It(s,a,h){if(isNaN(s)||isNaN(a))throw new Error("Invalid LatLng object: ("+s+", "+a+")");this.lat=+s,this.lng=+a,h!==void 0&&(this.alt=+h)}It.prototype={equals:function(s,a){if(!s)return!1;s=j(s);var h=Math.max(Math.abs(this.lat-s.lat),Math.abs(this.lng-s.lng));return h<=(a===void 0?1e-9:a)},toString:function(s){return"LatLng("+p(this.lat,s)+", "+p(this.lng,s)+")"},distanceTo:function(s){return Dt.distance(this,j(s))},wrap:function(){return Dt.wrapLatLng(this)},toBounds:function(s){var a=180*s/40075017,h=a/Math.cos(Math.PI/180*this.lat);return At([this.lat-a,this.lng-h],[this.lat+a,this.lng+h])},clone:function(){return new It(this.lat,this.lng,this.alt)}};function j(s,a,h){return s instanceof It?s:y(s)&&typeof s[0]!="object"?s.length===3?new It(s[0],s[1],s[2]):s.length===2?new It(s[0],s[1]):null:s==null?s:typeof s=="object"&&"lat"in s?new It(s.lat,"lng"in s?s.lng:s.lon,s.alt):a===void 0?null:new It(s,a,h)}var wt={latLngToPoint:function(s,a){var h=this.projection.project(s),f=this.scale(a);return this.transformation._transform(h,f)},pointToLatLng:function(s,a){var h=this.scale(a),f=this.transformation.untransform(s,h);return this.projection.unproject(f)},project:function(s){return this.projection.project(s)},unproject:function(s){return this.projection.unproject(s)},scale:function(s){return 256*Math.pow(2,s)},zoom:function(s){return Math.log(s/256)/Math.LN2},getProjectedBounds:function(s){if(this.infinite)return null;var a=this.projection.bounds,h=this.scale(s),f=this.transformation.transform(a.min,h),v=this.transformation.transform(a.max,h);return new J(f,v)},infinite:!1,wrapLatLng:function(s){var a=this.wrapLng?u(s.lng,this.wrapLng,!0):s.lng,h=this.wrapLat?u(s.lat,this.wrapLat,!0):s.lat,f=s.alt;return new It(h,a,f)},wrapLatLngBounds:function(s){var a=s.getCenter(),h=this.wrapLatLng(a),f=a.lat-h.lat,v=a.lng-h.lng;if(f===0&&v===0)return s;var E=s.getSouthWest(),U=s.getNorthEast(),$=new It(E.lat-f,E.lng-v),tt=new It(U.lat-f,U.lng-v);return new dt($,tt)}},Dt=e({},wt,{wrapLng:[-180,180],R:6371e3,distance:function(s,a){var h=Math.PI/180,f=s.lat*h,v=a.lat*h,E=Math.sin((a.lat-s.lat)*h/2),U=Math.sin((a.lng-s.lng)*h/2),$=E*E+Math.cos(f)*Math.cos(v)*U*U,tt=2*Math.atan2(Math.sqrt($),Math.sqrt(1-$));return this.R*tt}}),kt=6378137,Ct={R:kt,MAX_LATITUDE:85.0511287798,project:function(s){var a=Math.PI/180,h=this.MAX_LATITUDE,f=Math.max(Math.min(h,s.lat),-h),v=Math.sin(f*a);return new Z(this.R*s.lng*a,this.R*Math.log((1+v)/(1-v))/2)},unproject:function(s){var a=180/Math.PI;return new It((2*Math.atan(Math.exp(s.y/this.R))-Math.PI/2)*a,s.x*a/this.R)},bounds:(function(){var s=kt*Math.PI;return new J([-s,-s],[s,s])})()};function Qt(s,a,h,f){if(y(s)){this._a=s[0],this._b=s[1],this._c=s[2],this._d=s[3];return}this._a=s,this._b=a,this._c=h,this._d=f}Qt.prototype={transform:function(s,a){return this._transform(s.clone(),a)},_transform:function(s,a){return a=a||1,s.x=a*(this._a*s.x+this._b),s.y=a*(this._c*s.y+this._d),s},untransform:function(s,a){return a=a||1,new Z((s.x/a-this._b)/this._a,(s.y/a-this._d)/this._c)}};function Se(s,a,h,f){return new Qt(s,a,h,f)}var Vt=e({},Dt,{code:"EPSG:3857",projection:Ct,transformation:(function(){var s=.5/(Math.PI*Ct.R);return Se(s,.5,-s,.5)})()}),me=e({},Vt,{code:"EPSG:900913"});function _e(s){return document.createElementNS("http://www.w3.org/2000/svg",s)}function ne(s,a){var h="",f,v,E,U,$,tt;for(f=0,E=s.length;f<E;f++){for($=s[f],v=0,U=$.length;v<U;v++)tt=$[v],h+=(v?"L":"M")+tt.x+" "+tt.y;h+=a?rt.svg?"z":"x":""}return h||"M0 0"}var Fe=document.documentElement.style,Le="ActiveXObject"in window,oi=Le&&!document.addEventListener,we="msLaunchUri"in navigator&&!("documentMode"in document),Mi=Wt("webkit"),Be=Wt("android"),mi=Wt("android 2")||Wt("android 3"),bi=parseInt(/WebKit\/([0-9]+)|$/.exec(navigator.userAgent)[1],10),Si=Be&&Wt("Google")&&bi<537&&!("AudioNode"in window),H=!!window.opera,gi=!we&&Wt("chrome"),Me=Wt("gecko")&&!Mi&&!H&&!Le,Ee=!gi&&Wt("safari"),Pt=Wt("phantom"),Ne="OTransition"in Fe,Gt=navigator.platform.indexOf("Win")===0,Yt=Le&&"transition"in Fe,R="WebKitCSSMatrix"in window&&"m11"in new window.WebKitCSSMatrix&&!mi,S="MozPerspective"in Fe,Y=!window.L_DISABLE_3D&&(Yt||R||S)&&!Ne&&!Pt,mt=typeof orientation<"u"||Wt("mobile"),ut=mt&&Mi,xt=mt&&R,Et=!window.PointerEvent&&window.MSPointerEvent,at=!!(window.PointerEvent||Et),lt="ontouchstart"in window||!!window.TouchEvent,bt=!window.L_NO_TOUCH&&(lt||at),O=mt&&H,ht=mt&&Me,st=(window.devicePixelRatio||window.screen.deviceXDPI/window.screen.logicalXDPI)>1,St=(function(){var s=!1;try{var a=Object.defineProperty({},"passive",{get:function(){s=!0}});window.addEventListener("testPassiveEventSupport",d,a),window.removeEventListener("testPassiveEventSupport",d,a)}catch{}return s})(),_t=(function(){return!!document.createElement("canvas").getContext})(),vt=!!(document.createElementNS&&_e("svg").createSVGRect),Bt=!!vt&&(function(){var s=document.createElement("div");return s.innerHTML="<svg/>",(s.firstChild&&s.firstChild.namespaceURI)==="http://www.w3.org/2000/svg"})(),te=!vt&&(function(){try{var s=document.createElement("div");s.innerHTML='<v:shape adj="1"/>';var a=s.firstChild;return a.style.behavior="url(#default#VML)",a&&typeof a.adj=="object"}catch{return!1}})(),gt=navigator.platform.indexOf("Mac")===0,zt=navigator.platform.indexOf("Linux")===0;function Wt(s){return navigator.userAgent.toLowerCase().indexOf(s)>=0}var rt={ie:Le,ielt9:oi,edge:we,webkit:Mi,android:Be,android23:mi,androidStock:Si,opera:H,chrome:gi,gecko:Me,safari:Ee,phantom:Pt,opera12:Ne,win:Gt,ie3d:Yt,webkit3d:R,gecko3d:S,any3d:Y,mobile:mt,mobileWebkit:ut,mobileWebkit3d:xt,msPointer:Et,pointer:at,touch:bt,touchNative:lt,mobileOpera:O,mobileGecko:ht,retina:st,passiveEvents:St,canvas:_t,svg:vt,vml:te,inlineSvg:Bt,mac:gt,linux:zt},pe=rt.msPointer?"MSPointerDown":"pointerdown",ze=rt.msPointer?"MSPointerMove":"pointermove",sn=rt.msPointer?"MSPointerUp":"pointerup",Gr=rt.msPointer?"MSPointerCancel":"pointercancel",Ms={touchstart:pe,touchmove:ze,touchend:sn,touchcancel:Gr},Go={touchstart:ws,touchmove:Ss,touchend:Ss,touchcancel:Ss},An={},Wr=!1;function Pn(s,a,h){return a==="touchstart"&&Zo(),Go[a]?(h=Go[a].bind(this,h),s.addEventListener(Ms[a],h,!1),h):(console.warn("wrong event specified:",a),d)}function Xr(s,a,h){if(!Ms[a]){console.warn("wrong event specified:",a);return}s.removeEventListener(Ms[a],h,!1)}function Wo(s){An[s.pointerId]=s}function Xo(s){An[s.pointerId]&&(An[s.pointerId]=s)}function bs(s){delete An[s.pointerId]}function Zo(){Wr||(document.addEventListener(pe,Wo,!0),document.addEventListener(ze,Xo,!0),document.addEventListener(sn,bs,!0),document.addEventListener(Gr,bs,!0),Wr=!0)}function Ss(s,a){if(a.pointerType!==(a.MSPOINTER_TYPE_MOUSE||"mouse")){a.touches=[];for(var h in An)a.touches.push(An[h]);a.changedTouches=[a],s(a)}}function ws(s,a){a.MSPOINTER_TYPE_TOUCH&&a.pointerType===a.MSPOINTER_TYPE_TOUCH&&ei(a),Ss(s,a)}function Jc(s){var a={},h,f;for(f in s)h=s[f],a[f]=h&&h.bind?h.bind(s):h;return s=a,a.type="dblclick",a.detail=2,a.isTrusted=!1,a._simulated=!0,a}var qo=200;function Yo(s,a){s.addEventListener("dblclick",a);var h=0,f;function v(E){if(E.detail!==1){f=E.detail;return}if(!(E.pointerType==="mouse"||E.sourceCapabilities&&!E.sourceCapabilities.firesTouchEvents)){var U=wd(E);if(!(U.some(function(tt){return tt instanceof HTMLLabelElement&&tt.attributes.for})&&!U.some(function(tt){return tt instanceof HTMLInputElement||tt instanceof HTMLSelectElement}))){var $=Date.now();$-h<=qo?(f++,f===2&&a(Jc(E))):f=1,h=$}}}return s.addEventListener("click",v),{dblclick:a,simDblclick:v}}function Qc(s,a){s.removeEventListener("dblclick",a.dblclick),s.removeEventListener("click",a.simDblclick)}var Zr=Pe(["transform","webkitTransform","OTransform","MozTransform","msTransform"]),Es=Pe(["webkitTransition","transition","OTransition","MozTransition","msTransition"]),qr=Es==="webkitTransition"||Es==="OTransition"?Es+"End":"transitionend";function w(s){return typeof s=="string"?document.getElementById(s):s}function k(s,a){var h=s.style[a]||s.currentStyle&&s.currentStyle[a];if((!h||h==="auto")&&document.defaultView){var f=document.defaultView.getComputedStyle(s,null);h=f?f[a]:null}return h==="auto"?null:h}function W(s,a,h){var f=document.createElement(s);return f.className=a||"",h&&h.appendChild(f),f}function V(s){var a=s.parentNode;a&&a.removeChild(s)}function q(s){for(;s.firstChild;)s.removeChild(s.firstChild)}function yt(s){var a=s.parentNode;a&&a.lastChild!==s&&a.appendChild(s)}function Nt(s){var a=s.parentNode;a&&a.firstChild!==s&&a.insertBefore(s,a.firstChild)}function Mt(s,a){if(s.classList!==void 0)return s.classList.contains(a);var h=ee(s);return h.length>0&&new RegExp("(^|\\s)"+a+"(\\s|$)").test(h)}function ft(s,a){if(s.classList!==void 0)for(var h=g(a),f=0,v=h.length;f<v;f++)s.classList.add(h[f]);else if(!Mt(s,a)){var E=ee(s);$t(s,(E?E+" ":"")+a)}}function Tt(s,a){s.classList!==void 0?s.classList.remove(a):$t(s,m((" "+ee(s)+" ").replace(" "+a+" "," ")))}function $t(s,a){s.className.baseVal===void 0?s.className=a:s.className.baseVal=a}function ee(s){return s.correspondingElement&&(s=s.correspondingElement),s.className.baseVal===void 0?s.className:s.className.baseVal}function Rt(s,a){"opacity"in s.style?s.style.opacity=a:"filter"in s.style&&re(s,a)}function re(s,a){var h=!1,f="DXImageTransform.Microsoft.Alpha";try{h=s.filters.item(f)}catch{if(a===1)return}a=Math.round(a*100),h?(h.Enabled=a!==100,h.Opacity=a):s.style.filter+=" progid:"+f+"(opacity="+a+")"}function Pe(s){for(var a=document.documentElement.style,h=0;h<s.length;h++)if(s[h]in a)return s[h];return!1}function de(s,a,h){var f=a||new Z(0,0);s.style[Zr]=(rt.ie3d?"translate("+f.x+"px,"+f.y+"px)":"translate3d("+f.x+"px,"+f.y+"px,0)")+(h?" scale("+h+")":"")}function jt(s,a){s._leaflet_pos=a,rt.any3d?de(s,a):(s.style.left=a.x+"px",s.style.top=a.y+"px")}function Ie(s){return s._leaflet_pos||new Z(0,0)}var Ut,ke,ue;if("onselectstart"in document)Ut=function(){Xt(window,"selectstart",ei)},ke=function(){Te(window,"selectstart",ei)};else{var Ii=Pe(["userSelect","WebkitUserSelect","OUserSelect","MozUserSelect","msUserSelect"]);Ut=function(){if(Ii){var s=document.documentElement.style;ue=s[Ii],s[Ii]="none"}},ke=function(){Ii&&(document.documentElement.style[Ii]=ue,ue=void 0)}}function Ge(){Xt(window,"dragstart",ei)}function Kn(){Te(window,"dragstart",ei)}var Di,rn;function he(s){for(;s.tabIndex===-1;)s=s.parentNode;s.style&&(Oe(),Di=s,rn=s.style.outlineStyle,s.style.outlineStyle="none",Xt(window,"keydown",Oe))}function Oe(){Di&&(Di.style.outlineStyle=rn,Di=void 0,rn=void 0,Te(window,"keydown",Oe))}function wi(s){do s=s.parentNode;while((!s.offsetWidth||!s.offsetHeight)&&s!==document.body);return s}function be(s){var a=s.getBoundingClientRect();return{x:a.width/s.offsetWidth||1,y:a.height/s.offsetHeight||1,boundingClientRect:a}}var We={__proto__:null,TRANSFORM:Zr,TRANSITION:Es,TRANSITION_END:qr,get:w,getStyle:k,create:W,remove:V,empty:q,toFront:yt,toBack:Nt,hasClass:Mt,addClass:ft,removeClass:Tt,setClass:$t,getClass:ee,setOpacity:Rt,testProp:Pe,setTransform:de,setPosition:jt,getPosition:Ie,get disableTextSelection(){return Ut},get enableTextSelection(){return ke},disableImageDrag:Ge,enableImageDrag:Kn,preventOutline:he,restoreOutline:Oe,getSizedParentNode:wi,getScale:be};function Xt(s,a,h,f){if(a&&typeof a=="object")for(var v in a)eh(s,v,a[v],h);else{a=g(a);for(var E=0,U=a.length;E<U;E++)eh(s,a[E],h,f)}return this}var Ni="_leaflet_events";function Te(s,a,h,f){if(arguments.length===1)Sd(s),delete s[Ni];else if(a&&typeof a=="object")for(var v in a)ih(s,v,a[v],h);else if(a=g(a),arguments.length===2)Sd(s,function($){return A(a,$)!==-1});else for(var E=0,U=a.length;E<U;E++)ih(s,a[E],h,f);return this}function Sd(s,a){for(var h in s[Ni]){var f=h.split(/\d/)[0];(!a||a(f))&&ih(s,f,null,null,h)}}var th={mouseenter:"mouseover",mouseleave:"mouseout",wheel:!("onwheel"in window)&&"mousewheel"};function eh(s,a,h,f){var v=a+l(h)+(f?"_"+l(f):"");if(s[Ni]&&s[Ni][v])return this;var E=function($){return h.call(f||s,$||window.event)},U=E;!rt.touchNative&&rt.pointer&&a.indexOf("touch")===0?E=Pn(s,a,E):rt.touch&&a==="dblclick"?E=Yo(s,E):"addEventListener"in s?a==="touchstart"||a==="touchmove"||a==="wheel"||a==="mousewheel"?s.addEventListener(th[a]||a,E,rt.passiveEvents?{passive:!1}:!1):a==="mouseenter"||a==="mouseleave"?(E=function($){$=$||window.event,sh(s,$)&&U($)},s.addEventListener(th[a],E,!1)):s.addEventListener(a,U,!1):s.attachEvent("on"+a,E),s[Ni]=s[Ni]||{},s[Ni][v]=E}function ih(s,a,h,f,v){v=v||a+l(h)+(f?"_"+l(f):"");var E=s[Ni]&&s[Ni][v];if(!E)return this;!rt.touchNative&&rt.pointer&&a.indexOf("touch")===0?Xr(s,a,E):rt.touch&&a==="dblclick"?Qc(s,E):"removeEventListener"in s?s.removeEventListener(th[a]||a,E,!1):s.detachEvent("on"+a,E),s[Ni][v]=null}function Ts(s){return s.stopPropagation?s.stopPropagation():s.originalEvent?s.originalEvent._stopped=!0:s.cancelBubble=!0,this}function nh(s){return eh(s,"wheel",Ts),this}function Yr(s){return Xt(s,"mousedown touchstart dblclick contextmenu",Ts),s._leaflet_disable_click=!0,this}function ei(s){return s.preventDefault?s.preventDefault():s.returnValue=!1,this}function As(s){return ei(s),Ts(s),this}function wd(s){if(s.composedPath)return s.composedPath();for(var a=[],h=s.target;h;)a.push(h),h=h.parentNode;return a}function Ed(s,a){if(!a)return new Z(s.clientX,s.clientY);var h=be(a),f=h.boundingClientRect;return new Z((s.clientX-f.left)/h.x-a.clientLeft,(s.clientY-f.top)/h.y-a.clientTop)}var b_=rt.linux&&rt.chrome?window.devicePixelRatio:rt.mac?window.devicePixelRatio*3:window.devicePixelRatio>0?2*window.devicePixelRatio:1;function Td(s){return rt.edge?s.wheelDeltaY/2:s.deltaY&&s.deltaMode===0?-s.deltaY/b_:s.deltaY&&s.deltaMode===1?-s.deltaY*20:s.deltaY&&s.deltaMode===2?-s.deltaY*60:s.deltaX||s.deltaZ?0:s.wheelDelta?(s.wheelDeltaY||s.wheelDelta)/2:s.detail&&Math.abs(s.detail)<32765?-s.detail*20:s.detail?s.detail/-32765*60:0}function sh(s,a){var h=a.relatedTarget;if(!h)return!0;try{for(;h&&h!==s;)h=h.parentNode}catch{return!1}return h!==s}var S_={__proto__:null,on:Xt,off:Te,stopPropagation:Ts,disableScrollPropagation:nh,disableClickPropagation:Yr,preventDefault:ei,stop:As,getPropagationPath:wd,getMousePosition:Ed,getWheelDelta:Td,isExternalTarget:sh,addListener:Xt,removeListener:Te},Ad=it.extend({run:function(s,a,h,f){this.stop(),this._el=s,this._inProgress=!0,this._duration=h||.25,this._easeOutPower=1/Math.max(f||.5,.2),this._startPos=Ie(s),this._offset=a.subtract(this._startPos),this._startTime=+new Date,this.fire("start"),this._animate()},stop:function(){this._inProgress&&(this._step(!0),this._complete())},_animate:function(){this._animId=X(this._animate,this),this._step()},_step:function(s){var a=+new Date-this._startTime,h=this._duration*1e3;a<h?this._runFrame(this._easeOut(a/h),s):(this._runFrame(1),this._complete())},_runFrame:function(s,a){var h=this._startPos.add(this._offset.multiplyBy(s));a&&h._round(),jt(this._el,h),this.fire("step")},_complete:function(){z(this._animId),this._inProgress=!1,this.fire("end")},_easeOut:function(s){return 1-Math.pow(1-s,this._easeOutPower)}}),fe=it.extend({options:{crs:Vt,center:void 0,zoom:void 0,minZoom:void 0,maxZoom:void 0,layers:[],maxBounds:void 0,renderer:void 0,zoomAnimation:!0,zoomAnimationThreshold:4,fadeAnimation:!0,markerZoomAnimation:!0,transform3DLimit:8388608,zoomSnap:1,zoomDelta:1,trackResize:!0},initialize:function(s,a){a=_(this,a),this._handlers=[],this._layers={},this._zoomBoundLayers={},this._sizeChanged=!0,this._initContainer(s),this._initLayout(),this._onResize=r(this._onResize,this),this._initEvents(),a.maxBounds&&this.setMaxBounds(a.maxBounds),a.zoom!==void 0&&(this._zoom=this._limitZoom(a.zoom)),a.center&&a.zoom!==void 0&&this.setView(j(a.center),a.zoom,{reset:!0}),this.callInitHooks(),this._zoomAnimated=Es&&rt.any3d&&!rt.mobileOpera&&this.options.zoomAnimation,this._zoomAnimated&&(this._createAnimProxy(),Xt(this._proxy,qr,this._catchTransitionEnd,this)),this._addLayers(this.options.layers)},setView:function(s,a,h){if(a=a===void 0?this._zoom:this._limitZoom(a),s=this._limitCenter(j(s),a,this.options.maxBounds),h=h||{},this._stop(),this._loaded&&!h.reset&&h!==!0){h.animate!==void 0&&(h.zoom=e({animate:h.animate},h.zoom),h.pan=e({animate:h.animate,duration:h.duration},h.pan));var f=this._zoom!==a?this._tryAnimatedZoom&&this._tryAnimatedZoom(s,a,h.zoom):this._tryAnimatedPan(s,h.pan);if(f)return clearTimeout(this._sizeTimer),this}return this._resetView(s,a,h.pan&&h.pan.noMoveStart),this},setZoom:function(s,a){return this._loaded?this.setView(this.getCenter(),s,{zoom:a}):(this._zoom=s,this)},zoomIn:function(s,a){return s=s||(rt.any3d?this.options.zoomDelta:1),this.setZoom(this._zoom+s,a)},zoomOut:function(s,a){return s=s||(rt.any3d?this.options.zoomDelta:1),this.setZoom(this._zoom-s,a)},setZoomAround:function(s,a,h){var f=this.getZoomScale(a),v=this.getSize().divideBy(2),E=s instanceof Z?s:this.latLngToContainerPoint(s),U=E.subtract(v).multiplyBy(1-1/f),$=this.containerPointToLatLng(v.add(U));return this.setView($,a,{zoom:h})},_getBoundsCenterZoom:function(s,a){a=a||{},s=s.getBounds?s.getBounds():At(s);var h=nt(a.paddingTopLeft||a.padding||[0,0]),f=nt(a.paddingBottomRight||a.padding||[0,0]),v=this.getBoundsZoom(s,!1,h.add(f));if(v=typeof a.maxZoom=="number"?Math.min(a.maxZoom,v):v,v===1/0)return{center:s.getCenter(),zoom:v};var E=f.subtract(h).divideBy(2),U=this.project(s.getSouthWest(),v),$=this.project(s.getNorthEast(),v),tt=this.unproject(U.add($).divideBy(2).add(E),v);return{center:tt,zoom:v}},fitBounds:function(s,a){if(s=At(s),!s.isValid())throw new Error("Bounds are not valid.");var h=this._getBoundsCenterZoom(s,a);return this.setView(h.center,h.zoom,a)},fitWorld:function(s){return this.fitBounds([[-90,-180],[90,180]],s)},panTo:function(s,a){return this.setView(s,this._zoom,{pan:a})},panBy:function(s,a){if(s=nt(s).round(),a=a||{},!s.x&&!s.y)return this.fire("moveend");if(a.animate!==!0&&!this.getSize().contains(s))return this._resetView(this.unproject(this.project(this.getCenter()).add(s)),this.getZoom()),this;if(this._panAnim||(this._panAnim=new Ad,this._panAnim.on({step:this._onPanTransitionStep,end:this._onPanTransitionEnd},this)),a.noMoveStart||this.fire("movestart"),a.animate!==!1){ft(this._mapPane,"leaflet-pan-anim");var h=this._getMapPanePos().subtract(s).round();this._panAnim.run(this._mapPane,h,a.duration||.25,a.easeLinearity)}else this._rawPanBy(s),this.fire("move").fire("moveend");return this},flyTo:function(s,a,h){if(h=h||{},h.animate===!1||!rt.any3d)return this.setView(s,a,h);this._stop();var f=this.project(this.getCenter()),v=this.project(s),E=this.getSize(),U=this._zoom;s=j(s),a=a===void 0?U:a;var $=Math.max(E.x,E.y),tt=$*this.getZoomScale(U,a),pt=v.distanceTo(f)||1,Ot=1.42,qt=Ot*Ot;function oe(Xe){var oa=Xe?-1:1,u0=Xe?tt:$,d0=tt*tt-$*$+oa*qt*qt*pt*pt,f0=2*u0*qt*pt,mh=d0/f0,lf=Math.sqrt(mh*mh+1)-mh,p0=lf<1e-9?-18:Math.log(lf);return p0}function _i(Xe){return(Math.exp(Xe)-Math.exp(-Xe))/2}function Ke(Xe){return(Math.exp(Xe)+Math.exp(-Xe))/2}function $i(Xe){return _i(Xe)/Ke(Xe)}var Ei=oe(0);function js(Xe){return $*(Ke(Ei)/Ke(Ei+Ot*Xe))}function a0(Xe){return $*(Ke(Ei)*$i(Ei+Ot*Xe)-_i(Ei))/qt}function l0(Xe){return 1-Math.pow(1-Xe,1.5)}var c0=Date.now(),of=(oe(1)-Ei)/Ot,h0=h.duration?1e3*h.duration:1e3*of*.8;function af(){var Xe=(Date.now()-c0)/h0,oa=l0(Xe)*of;Xe<=1?(this._flyToFrame=X(af,this),this._move(this.unproject(f.add(v.subtract(f).multiplyBy(a0(oa)/pt)),U),this.getScaleZoom($/js(oa),U),{flyTo:!0})):this._move(s,a)._moveEnd(!0)}return this._moveStart(!0,h.noMoveStart),af.call(this),this},flyToBounds:function(s,a){var h=this._getBoundsCenterZoom(s,a);return this.flyTo(h.center,h.zoom,a)},setMaxBounds:function(s){return s=At(s),this.listens("moveend",this._panInsideMaxBounds)&&this.off("moveend",this._panInsideMaxBounds),s.isValid()?(this.options.maxBounds=s,this._loaded&&this._panInsideMaxBounds(),this.on("moveend",this._panInsideMaxBounds)):(this.options.maxBounds=null,this)},setMinZoom:function(s){var a=this.options.minZoom;return this.options.minZoom=s,this._loaded&&a!==s&&(this.fire("zoomlevelschange"),this.getZoom()<this.options.minZoom)?this.setZoom(s):this},setMaxZoom:function(s){var a=this.options.maxZoom;return this.options.maxZoom=s,this._loaded&&a!==s&&(this.fire("zoomlevelschange"),this.getZoom()>this.options.maxZoom)?this.setZoom(s):this},panInsideBounds:function(s,a){this._enforcingBounds=!0;var h=this.getCenter(),f=this._limitCenter(h,this._zoom,At(s));return h.equals(f)||this.panTo(f,a),this._enforcingBounds=!1,this},panInside:function(s,a){a=a||{};var h=nt(a.paddingTopLeft||a.padding||[0,0]),f=nt(a.paddingBottomRight||a.padding||[0,0]),v=this.project(this.getCenter()),E=this.project(s),U=this.getPixelBounds(),$=ct([U.min.add(h),U.max.subtract(f)]),tt=$.getSize();if(!$.contains(E)){this._enforcingBounds=!0;var pt=E.subtract($.getCenter()),Ot=$.extend(E).getSize().subtract(tt);v.x+=pt.x<0?-Ot.x:Ot.x,v.y+=pt.y<0?-Ot.y:Ot.y,this.panTo(this.unproject(v),a),this._enforcingBounds=!1}return this},invalidateSize:function(s){if(!this._loaded)return this;s=e({animate:!1,pan:!0},s===!0?{animate:!0}:s);var a=this.getSize();this._sizeChanged=!0,this._lastCenter=null;var h=this.getSize(),f=a.divideBy(2).round(),v=h.divideBy(2).round(),E=f.subtract(v);return!E.x&&!E.y?this:(s.animate&&s.pan?this.panBy(E):(s.pan&&this._rawPanBy(E),this.fire("move"),s.debounceMoveend?(clearTimeout(this._sizeTimer),this._sizeTimer=setTimeout(r(this.fire,this,"moveend"),200)):this.fire("moveend")),this.fire("resize",{oldSize:a,newSize:h}))},stop:function(){return this.setZoom(this._limitZoom(this._zoom)),this.options.zoomSnap||this.fire("viewreset"),this._stop()},locate:function(s){if(s=this._locateOptions=e({timeout:1e4,watch:!1},s),!("geolocation"in navigator))return this._handleGeolocationError({code:0,message:"Geolocation not supported."}),this;var a=r(this._handleGeolocationResponse,this),h=r(this._handleGeolocationError,this);return s.watch?this._locationWatchId=navigator.geolocation.watchPosition(a,h,s):navigator.geolocation.getCurrentPosition(a,h,s),this},stopLocate:function(){return navigator.geolocation&&navigator.geolocation.clearWatch&&navigator.geolocation.clearWatch(this._locationWatchId),this._locateOptions&&(this._locateOptions.setView=!1),this},_handleGeolocationError:function(s){if(this._container._leaflet_id){var a=s.code,h=s.message||(a===1?"permission denied":a===2?"position unavailable":"timeout");this._locateOptions.setView&&!this._loaded&&this.fitWorld(),this.fire("locationerror",{code:a,message:"Geolocation error: "+h+"."})}},_handleGeolocationResponse:function(s){if(this._container._leaflet_id){var a=s.coords.latitude,h=s.coords.longitude,f=new It(a,h),v=f.toBounds(s.coords.accuracy*2),E=this._locateOptions;if(E.setView){var U=this.getBoundsZoom(v);this.setView(f,E.maxZoom?Math.min(U,E.maxZoom):U)}var $={latlng:f,bounds:v,timestamp:s.timestamp};for(var tt in s.coords)typeof s.coords[tt]=="number"&&($[tt]=s.coords[tt]);this.fire("locationfound",$)}},addHandler:function(s,a){if(!a)return this;var h=this[s]=new a(this);return this._handlers.push(h),this.options[s]&&h.enable(),this},remove:function(){if(this._initEvents(!0),this.options.maxBounds&&this.off("moveend",this._panInsideMaxBounds),this._containerId!==this._container._leaflet_id)throw new Error("Map container is being reused by another instance");try{delete this._container._leaflet_id,delete this._containerId}catch{this._container._leaflet_id=void 0,this._containerId=void 0}this._locationWatchId!==void 0&&this.stopLocate(),this._stop(),V(this._mapPane),this._clearControlPos&&this._clearControlPos(),this._resizeRequest&&(z(this._resizeRequest),this._resizeRequest=null),this._clearHandlers(),this._loaded&&this.fire("unload");var s;for(s in this._layers)this._layers[s].remove();for(s in this._panes)V(this._panes[s]);return this._layers=[],this._panes=[],delete this._mapPane,delete this._renderer,this},createPane:function(s,a){var h="leaflet-pane"+(s?" leaflet-"+s.replace("Pane","")+"-pane":""),f=W("div",h,a||this._mapPane);return s&&(this._panes[s]=f),f},getCenter:function(){return this._checkIfLoaded(),this._lastCenter&&!this._moved()?this._lastCenter.clone():this.layerPointToLatLng(this._getCenterLayerPoint())},getZoom:function(){return this._zoom},getBounds:function(){var s=this.getPixelBounds(),a=this.unproject(s.getBottomLeft()),h=this.unproject(s.getTopRight());return new dt(a,h)},getMinZoom:function(){return this.options.minZoom===void 0?this._layersMinZoom||0:this.options.minZoom},getMaxZoom:function(){return this.options.maxZoom===void 0?this._layersMaxZoom===void 0?1/0:this._layersMaxZoom:this.options.maxZoom},getBoundsZoom:function(s,a,h){s=At(s),h=nt(h||[0,0]);var f=this.getZoom()||0,v=this.getMinZoom(),E=this.getMaxZoom(),U=s.getNorthWest(),$=s.getSouthEast(),tt=this.getSize().subtract(h),pt=ct(this.project($,f),this.project(U,f)).getSize(),Ot=rt.any3d?this.options.zoomSnap:1,qt=tt.x/pt.x,oe=tt.y/pt.y,_i=a?Math.max(qt,oe):Math.min(qt,oe);return f=this.getScaleZoom(_i,f),Ot&&(f=Math.round(f/(Ot/100))*(Ot/100),f=a?Math.ceil(f/Ot)*Ot:Math.floor(f/Ot)*Ot),Math.max(v,Math.min(E,f))},getSize:function(){return(!this._size||this._sizeChanged)&&(this._size=new Z(this._container.clientWidth||0,this._container.clientHeight||0),this._sizeChanged=!1),this._size.clone()},getPixelBounds:function(s,a){var h=this._getTopLeftPoint(s,a);return new J(h,h.add(this.getSize()))},getPixelOrigin:function(){return this._checkIfLoaded(),this._pixelOrigin},getPixelWorldBounds:function(s){return this.options.crs.getProjectedBounds(s===void 0?this.getZoom():s)},getPane:function(s){return typeof s=="string"?this._panes[s]:s},getPanes:function(){return this._panes},getContainer:function(){return this._container},getZoomScale:function(s,a){var h=this.options.crs;return a=a===void 0?this._zoom:a,h.scale(s)/h.scale(a)},getScaleZoom:function(s,a){var h=this.options.crs;a=a===void 0?this._zoom:a;var f=h.zoom(s*h.scale(a));return isNaN(f)?1/0:f},project:function(s,a){return a=a===void 0?this._zoom:a,this.options.crs.latLngToPoint(j(s),a)},unproject:function(s,a){return a=a===void 0?this._zoom:a,this.options.crs.pointToLatLng(nt(s),a)},layerPointToLatLng:function(s){var a=nt(s).add(this.getPixelOrigin());return this.unproject(a)},latLngToLayerPoint:function(s){var a=this.project(j(s))._round();return a._subtract(this.getPixelOrigin())},wrapLatLng:function(s){return this.options.crs.wrapLatLng(j(s))},wrapLatLngBounds:function(s){return this.options.crs.wrapLatLngBounds(At(s))},distance:function(s,a){return this.options.crs.distance(j(s),j(a))},containerPointToLayerPoint:function(s){return nt(s).subtract(this._getMapPanePos())},layerPointToContainerPoint:function(s){return nt(s).add(this._getMapPanePos())},containerPointToLatLng:function(s){var a=this.containerPointToLayerPoint(nt(s));return this.layerPointToLatLng(a)},latLngToContainerPoint:function(s){return this.layerPointToContainerPoint(this.latLngToLayerPoint(j(s)))},mouseEventToContainerPoint:function(s){return Ed(s,this._container)},mouseEventToLayerPoint:function(s){return this.containerPointToLayerPoint(this.mouseEventToContainerPoint(s))},mouseEventToLatLng:function(s){return this.layerPointToLatLng(this.mouseEventToLayerPoint(s))},_initContainer:function(s){var a=this._container=w(s);if(a){if(a._leaflet_id)throw new Error("Map container is already initialized.")}else throw new Error("Map container not found.");Xt(a,"scroll",this._onScroll,this),this._containerId=l(a)},_initLayout:function(){var s=this._container;this._fadeAnimated=this.options.fadeAnimation&&rt.any3d,ft(s,"leaflet-container"+(rt.touch?" leaflet-touch":"")+(rt.retina?" leaflet-retina":"")+(rt.ielt9?" leaflet-oldie":"")+(rt.safari?" leaflet-safari":"")+(this._fadeAnimated?" leaflet-fade-anim":""));var a=k(s,"position");a!=="absolute"&&a!=="relative"&&a!=="fixed"&&a!=="sticky"&&(s.style.position="relative"),this._initPanes(),this._initControlPos&&this._initControlPos()},_initPanes:function(){var s=this._panes={};this._paneRenderers={},this._mapPane=this.createPane("mapPane",this._container),jt(this._mapPane,new Z(0,0)),this.createPane("tilePane"),this.createPane("overlayPane"),this.createPane("shadowPane"),this.createPane("markerPane"),this.createPane("tooltipPane"),this.createPane("popupPane"),this.options.markerZoomAnimation||(ft(s.markerPane,"leaflet-zoom-hide"),ft(s.shadowPane,"leaflet-zoom-hide"))},_resetView:function(s,a,h){jt(this._mapPane,new Z(0,0));var f=!this._loaded;this._loaded=!0,a=this._limitZoom(a),this.fire("viewprereset");var v=this._zoom!==a;this._moveStart(v,h)._move(s,a)._moveEnd(v),this.fire("viewreset"),f&&this.fire("load")},_moveStart:function(s,a){return s&&this.fire("zoomstart"),a||this.fire("movestart"),this},_move:function(s,a,h,f){a===void 0&&(a=this._zoom);var v=this._zoom!==a;return this._zoom=a,this._lastCenter=s,this._pixelOrigin=this._getNewPixelOrigin(s),f?h&&h.pinch&&this.fire("zoom",h):((v||h&&h.pinch)&&this.fire("zoom",h),this.fire("move",h)),this},_moveEnd:function(s){return s&&this.fire("zoomend"),this.fire("moveend")},_stop:function(){return z(this._flyToFrame),this._panAnim&&this._panAnim.stop(),this},_rawPanBy:function(s){jt(this._mapPane,this._getMapPanePos().subtract(s))},_getZoomSpan:function(){return this.getMaxZoom()-this.getMinZoom()},_panInsideMaxBounds:function(){this._enforcingBounds||this.panInsideBounds(this.options.maxBounds)},_checkIfLoaded:function(){if(!this._loaded)throw new Error("Set map center and zoom first.")},_initEvents:function(s){this._targets={},this._targets[l(this._container)]=this;var a=s?Te:Xt;a(this._container,"click dblclick mousedown mouseup mouseover mouseout mousemove contextmenu keypress keydown keyup",this._handleDOMEvent,this),this.options.trackResize&&a(window,"resize",this._onResize,this),rt.any3d&&this.options.transform3DLimit&&(s?this.off:this.on).call(this,"moveend",this._onMoveEnd)},_onResize:function(){z(this._resizeRequest),this._resizeRequest=X(function(){this.invalidateSize({debounceMoveend:!0})},this)},_onScroll:function(){this._container.scrollTop=0,this._container.scrollLeft=0},_onMoveEnd:function(){var s=this._getMapPanePos();Math.max(Math.abs(s.x),Math.abs(s.y))>=this.options.transform3DLimit&&this._resetView(this.getCenter(),this.getZoom())},_findEventTargets:function(s,a){for(var h=[],f,v=a==="mouseout"||a==="mouseover",E=s.target||s.srcElement,U=!1;E;){if(f=this._targets[l(E)],f&&(a==="click"||a==="preclick")&&this._draggableMoved(f)){U=!0;break}if(f&&f.listens(a,!0)&&(v&&!sh(E,s)||(h.push(f),v))||E===this._container)break;E=E.parentNode}return!h.length&&!U&&!v&&this.listens(a,!0)&&(h=[this]),h},_isClickDisabled:function(s){for(;s&&s!==this._container;){if(s._leaflet_disable_click)return!0;s=s.parentNode}},_handleDOMEvent:function(s){var a=s.target||s.srcElement;if(!(!this._loaded||a._leaflet_disable_events||s.type==="click"&&this._isClickDisabled(a))){var h=s.type;h==="mousedown"&&he(a),this._fireDOMEvent(s,h)}},_mouseEvents:["click","dblclick","mouseover","mouseout","contextmenu"],_fireDOMEvent:function(s,a,h){if(s.type==="click"){var f=e({},s);f.type="preclick",this._fireDOMEvent(f,f.type,h)}var v=this._findEventTargets(s,a);if(h){for(var E=[],U=0;U<h.length;U++)h[U].listens(a,!0)&&E.push(h[U]);v=E.concat(v)}if(v.length){a==="contextmenu"&&ei(s);var $=v[0],tt={originalEvent:s};if(s.type!=="keypress"&&s.type!=="keydown"&&s.type!=="keyup"){var pt=$.getLatLng&&(!$._radius||$._radius<=10);tt.containerPoint=pt?this.latLngToContainerPoint($.getLatLng()):this.mouseEventToContainerPoint(s),tt.layerPoint=this.containerPointToLayerPoint(tt.containerPoint),tt.latlng=pt?$.getLatLng():this.layerPointToLatLng(tt.layerPoint)}for(U=0;U<v.length;U++)if(v[U].fire(a,tt,!0),tt.originalEvent._stopped||v[U].options.bubblingMouseEvents===!1&&A(this._mouseEvents,a)!==-1)return}},_draggableMoved:function(s){return s=s.dragging&&s.dragging.enabled()?s:this,s.dragging&&s.dragging.moved()||this.boxZoom&&this.boxZoom.moved()},_clearHandlers:function(){for(var s=0,a=this._handlers.length;s<a;s++)this._handlers[s].disable()},whenReady:function(s,a){return this._loaded?s.call(a||this,{target:this}):this.on("load",s,a),this},_getMapPanePos:function(){return Ie(this._mapPane)||new Z(0,0)},_moved:function(){var s=this._getMapPanePos();return s&&!s.equals([0,0])},_getTopLeftPoint:function(s,a){var h=s&&a!==void 0?this._getNewPixelOrigin(s,a):this.getPixelOrigin();return h.subtract(this._getMapPanePos())},_getNewPixelOrigin:function(s,a){var h=this.getSize()._divideBy(2);return this.project(s,a)._subtract(h)._add(this._getMapPanePos())._round()},_latLngToNewLayerPoint:function(s,a,h){var f=this._getNewPixelOrigin(h,a);return this.project(s,a)._subtract(f)},_latLngBoundsToNewLayerBounds:function(s,a,h){var f=this._getNewPixelOrigin(h,a);return ct([this.project(s.getSouthWest(),a)._subtract(f),this.project(s.getNorthWest(),a)._subtract(f),this.project(s.getSouthEast(),a)._subtract(f),this.project(s.getNorthEast(),a)._subtract(f)])},_getCenterLayerPoint:function(){return this.containerPointToLayerPoint(this.getSize()._divideBy(2))},_getCenterOffset:function(s){return this.latLngToLayerPoint(s).subtract(this._getCenterLayerPoint())},_limitCenter:function(s,a,h){if(!h)return s;var f=this.project(s,a),v=this.getSize().divideBy(2),E=new J(f.subtract(v),f.add(v)),U=this._getBoundsOffset(E,h,a);return Math.abs(U.x)<=1&&Math.abs(U.y)<=1?s:this.unproject(f.add(U),a)},_limitOffset:function(s,a){if(!a)return s;var h=this.getPixelBounds(),f=new J(h.min.add(s),h.max.add(s));return s.add(this._getBoundsOffset(f,a))},_getBoundsOffset:function(s,a,h){var f=ct(this.project(a.getNorthEast(),h),this.project(a.getSouthWest(),h)),v=f.min.subtract(s.min),E=f.max.subtract(s.max),U=this._rebound(v.x,-E.x),$=this._rebound(v.y,-E.y);return new Z(U,$)},_rebound:function(s,a){return s+a>0?Math.round(s-a)/2:Math.max(0,Math.ceil(s))-Math.max(0,Math.floor(a))},_limitZoom:function(s){var a=this.getMinZoom(),h=this.getMaxZoom(),f=rt.any3d?this.options.zoomSnap:1;return f&&(s=Math.round(s/f)*f),Math.max(a,Math.min(h,s))},_onPanTransitionStep:function(){this.fire("move")},_onPanTransitionEnd:function(){Tt(this._mapPane,"leaflet-pan-anim"),this.fire("moveend")},_tryAnimatedPan:function(s,a){var h=this._getCenterOffset(s)._trunc();return(a&&a.animate)!==!0&&!this.getSize().contains(h)?!1:(this.panBy(h,a),!0)},_createAnimProxy:function(){var s=this._proxy=W("div","leaflet-proxy leaflet-zoom-animated");this._panes.mapPane.appendChild(s),this.on("zoomanim",function(a){var h=Zr,f=this._proxy.style[h];de(this._proxy,this.project(a.center,a.zoom),this.getZoomScale(a.zoom,1)),f===this._proxy.style[h]&&this._animatingZoom&&this._onZoomTransitionEnd()},this),this.on("load moveend",this._animMoveEnd,this),this._on("unload",this._destroyAnimProxy,this)},_destroyAnimProxy:function(){V(this._proxy),this.off("load moveend",this._animMoveEnd,this),delete this._proxy},_animMoveEnd:function(){var s=this.getCenter(),a=this.getZoom();de(this._proxy,this.project(s,a),this.getZoomScale(a,1))},_catchTransitionEnd:function(s){this._animatingZoom&&s.propertyName.indexOf("transform")>=0&&this._onZoomTransitionEnd()},_nothingToAnimate:function(){return!this._container.getElementsByClassName("leaflet-zoom-animated").length},_tryAnimatedZoom:function(s,a,h){if(this._animatingZoom)return!0;if(h=h||{},!this._zoomAnimated||h.animate===!1||this._nothingToAnimate()||Math.abs(a-this._zoom)>this.options.zoomAnimationThreshold)return!1;var f=this.getZoomScale(a),v=this._getCenterOffset(s)._divideBy(1-1/f);return h.animate!==!0&&!this.getSize().contains(v)?!1:(X(function(){this._moveStart(!0,h.noMoveStart||!1)._animateZoom(s,a,!0)},this),!0)},_animateZoom:function(s,a,h,f){this._mapPane&&(h&&(this._animatingZoom=!0,this._animateToCenter=s,this._animateToZoom=a,ft(this._mapPane,"leaflet-zoom-anim")),this.fire("zoomanim",{center:s,zoom:a,noUpdate:f}),this._tempFireZoomEvent||(this._tempFireZoomEvent=this._zoom!==this._animateToZoom),this._move(this._animateToCenter,this._animateToZoom,void 0,!0),setTimeout(r(this._onZoomTransitionEnd,this),250))},_onZoomTransitionEnd:function(){this._animatingZoom&&(this._mapPane&&Tt(this._mapPane,"leaflet-zoom-anim"),this._animatingZoom=!1,this._move(this._animateToCenter,this._animateToZoom,void 0,!0),this._tempFireZoomEvent&&this.fire("zoom"),delete this._tempFireZoomEvent,this.fire("move"),this._moveEnd(!0))}});function w_(s,a){return new fe(s,a)}var on=K.extend({options:{position:"topright"},initialize:function(s){_(this,s)},getPosition:function(){return this.options.position},setPosition:function(s){var a=this._map;return a&&a.removeControl(this),this.options.position=s,a&&a.addControl(this),this},getContainer:function(){return this._container},addTo:function(s){this.remove(),this._map=s;var a=this._container=this.onAdd(s),h=this.getPosition(),f=s._controlCorners[h];return ft(a,"leaflet-control"),h.indexOf("bottom")!==-1?f.insertBefore(a,f.firstChild):f.appendChild(a),this._map.on("unload",this.remove,this),this},remove:function(){return this._map?(V(this._container),this.onRemove&&this.onRemove(this._map),this._map.off("unload",this.remove,this),this._map=null,this):this},_refocusOnMap:function(s){this._map&&s&&s.screenX>0&&s.screenY>0&&this._map.getContainer().focus()}}),$r=function(s){return new on(s)};fe.include({addControl:function(s){return s.addTo(this),this},removeControl:function(s){return s.remove(),this},_initControlPos:function(){var s=this._controlCorners={},a="leaflet-",h=this._controlContainer=W("div",a+"control-container",this._container);function f(v,E){var U=a+v+" "+a+E;s[v+E]=W("div",U,h)}f("top","left"),f("top","right"),f("bottom","left"),f("bottom","right")},_clearControlPos:function(){for(var s in this._controlCorners)V(this._controlCorners[s]);V(this._controlContainer),delete this._controlCorners,delete this._controlContainer}});var Pd=on.extend({options:{collapsed:!0,position:"topright",autoZIndex:!0,hideSingleBase:!1,sortLayers:!1,sortFunction:function(s,a,h,f){return h<f?-1:f<h?1:0}},initialize:function(s,a,h){_(this,h),this._layerControlInputs=[],this._layers=[],this._lastZIndex=0,this._handlingClick=!1,this._preventClick=!1;for(var f in s)this._addLayer(s[f],f);for(f in a)this._addLayer(a[f],f,!0)},onAdd:function(s){this._initLayout(),this._update(),this._map=s,s.on("zoomend",this._checkDisabledLayers,this);for(var a=0;a<this._layers.length;a++)this._layers[a].layer.on("add remove",this._onLayerChange,this);return this._container},addTo:function(s){return on.prototype.addTo.call(this,s),this._expandIfNotCollapsed()},onRemove:function(){this._map.off("zoomend",this._checkDisabledLayers,this);for(var s=0;s<this._layers.length;s++)this._layers[s].layer.off("add remove",this._onLayerChange,this)},addBaseLayer:function(s,a){return this._addLayer(s,a),this._map?this._update():this},addOverlay:function(s,a){return this._addLayer(s,a,!0),this._map?this._update():this},removeLayer:function(s){s.off("add remove",this._onLayerChange,this);var a=this._getLayer(l(s));return a&&this._layers.splice(this._layers.indexOf(a),1),this._map?this._update():this},expand:function(){ft(this._container,"leaflet-control-layers-expanded"),this._section.style.height=null;var s=this._map.getSize().y-(this._container.offsetTop+50);return s<this._section.clientHeight?(ft(this._section,"leaflet-control-layers-scrollbar"),this._section.style.height=s+"px"):Tt(this._section,"leaflet-control-layers-scrollbar"),this._checkDisabledLayers(),this},collapse:function(){return Tt(this._container,"leaflet-control-layers-expanded"),this},_initLayout:function(){var s="leaflet-control-layers",a=this._container=W("div",s),h=this.options.collapsed;a.setAttribute("aria-haspopup",!0),Yr(a),nh(a);var f=this._section=W("section",s+"-list");h&&(this._map.on("click",this.collapse,this),Xt(a,{mouseenter:this._expandSafely,mouseleave:this.collapse},this));var v=this._layersLink=W("a",s+"-toggle",a);v.href="#",v.title="Layers",v.setAttribute("role","button"),Xt(v,{keydown:function(E){E.keyCode===13&&this._expandSafely()},click:function(E){ei(E),this._expandSafely()}},this),h||this.expand(),this._baseLayersList=W("div",s+"-base",f),this._separator=W("div",s+"-separator",f),this._overlaysList=W("div",s+"-overlays",f),a.appendChild(f)},_getLayer:function(s){for(var a=0;a<this._layers.length;a++)if(this._layers[a]&&l(this._layers[a].layer)===s)return this._layers[a]},_addLayer:function(s,a,h){this._map&&s.on("add remove",this._onLayerChange,this),this._layers.push({layer:s,name:a,overlay:h}),this.options.sortLayers&&this._layers.sort(r(function(f,v){return this.options.sortFunction(f.layer,v.layer,f.name,v.name)},this)),this.options.autoZIndex&&s.setZIndex&&(this._lastZIndex++,s.setZIndex(this._lastZIndex)),this._expandIfNotCollapsed()},_update:function(){if(!this._container)return this;q(this._baseLayersList),q(this._overlaysList),this._layerControlInputs=[];var s,a,h,f,v=0;for(h=0;h<this._layers.length;h++)f=this._layers[h],this._addItem(f),a=a||f.overlay,s=s||!f.overlay,v+=f.overlay?0:1;return this.options.hideSingleBase&&(s=s&&v>1,this._baseLayersList.style.display=s?"":"none"),this._separator.style.display=a&&s?"":"none",this},_onLayerChange:function(s){this._handlingClick||this._update();var a=this._getLayer(l(s.target)),h=a.overlay?s.type==="add"?"overlayadd":"overlayremove":s.type==="add"?"baselayerchange":null;h&&this._map.fire(h,a)},_createRadioElement:function(s,a){var h='<input type="radio" class="leaflet-control-layers-selector" name="'+s+'"'+(a?' checked="checked"':"")+"/>",f=document.createElement("div");return f.innerHTML=h,f.firstChild},_addItem:function(s){var a=document.createElement("label"),h=this._map.hasLayer(s.layer),f;s.overlay?(f=document.createElement("input"),f.type="checkbox",f.className="leaflet-control-layers-selector",f.defaultChecked=h):f=this._createRadioElement("leaflet-base-layers_"+l(this),h),this._layerControlInputs.push(f),f.layerId=l(s.layer),Xt(f,"click",this._onInputClick,this);var v=document.createElement("span");v.innerHTML=" "+s.name;var E=document.createElement("span");a.appendChild(E),E.appendChild(f),E.appendChild(v);var U=s.overlay?this._overlaysList:this._baseLayersList;return U.appendChild(a),this._checkDisabledLayers(),a},_onInputClick:function(){if(!this._preventClick){var s=this._layerControlInputs,a,h,f=[],v=[];this._handlingClick=!0;for(var E=s.length-1;E>=0;E--)a=s[E],h=this._getLayer(a.layerId).layer,a.checked?f.push(h):a.checked||v.push(h);for(E=0;E<v.length;E++)this._map.hasLayer(v[E])&&this._map.removeLayer(v[E]);for(E=0;E<f.length;E++)this._map.hasLayer(f[E])||this._map.addLayer(f[E]);this._handlingClick=!1,this._refocusOnMap()}},_checkDisabledLayers:function(){for(var s=this._layerControlInputs,a,h,f=this._map.getZoom(),v=s.length-1;v>=0;v--)a=s[v],h=this._getLayer(a.layerId).layer,a.disabled=h.options.minZoom!==void 0&&f<h.options.minZoom||h.options.maxZoom!==void 0&&f>h.options.maxZoom},_expandIfNotCollapsed:function(){return this._map&&!this.options.collapsed&&this.expand(),this},_expandSafely:function(){var s=this._section;this._preventClick=!0,Xt(s,"click",ei),this.expand();var a=this;setTimeout(function(){Te(s,"click",ei),a._preventClick=!1})}}),E_=function(s,a,h){return new Pd(s,a,h)},rh=on.extend({options:{position:"topleft",zoomInText:'<span aria-hidden="true">+</span>',zoomInTitle:"Zoom in",zoomOutText:'<span aria-hidden="true">&#x2212;</span>',zoomOutTitle:"Zoom out"},onAdd:function(s){var a="leaflet-control-zoom",h=W("div",a+" leaflet-bar"),f=this.options;return this._zoomInButton=this._createButton(f.zoomInText,f.zoomInTitle,a+"-in",h,this._zoomIn),this._zoomOutButton=this._createButton(f.zoomOutText,f.zoomOutTitle,a+"-out",h,this._zoomOut),this._updateDisabled(),s.on("zoomend zoomlevelschange",this._updateDisabled,this),h},onRemove:function(s){s.off("zoomend zoomlevelschange",this._updateDisabled,this)},disable:function(){return this._disabled=!0,this._updateDisabled(),this},enable:function(){return this._disabled=!1,this._updateDisabled(),this},_zoomIn:function(s){!this._disabled&&this._map._zoom<this._map.getMaxZoom()&&this._map.zoomIn(this._map.options.zoomDelta*(s.shiftKey?3:1))},_zoomOut:function(s){!this._disabled&&this._map._zoom>this._map.getMinZoom()&&this._map.zoomOut(this._map.options.zoomDelta*(s.shiftKey?3:1))},_createButton:function(s,a,h,f,v){var E=W("a",h,f);return E.innerHTML=s,E.href="#",E.title=a,E.setAttribute("role","button"),E.setAttribute("aria-label",a),Yr(E),Xt(E,"click",As),Xt(E,"click",v,this),Xt(E,"click",this._refocusOnMap,this),E},_updateDisabled:function(){var s=this._map,a="leaflet-disabled";Tt(this._zoomInButton,a),Tt(this._zoomOutButton,a),this._zoomInButton.setAttribute("aria-disabled","false"),this._zoomOutButton.setAttribute("aria-disabled","false"),(this._disabled||s._zoom===s.getMinZoom())&&(ft(this._zoomOutButton,a),this._zoomOutButton.setAttribute("aria-disabled","true")),(this._disabled||s._zoom===s.getMaxZoom())&&(ft(this._zoomInButton,a),this._zoomInButton.setAttribute("aria-disabled","true"))}});fe.mergeOptions({zoomControl:!0}),fe.addInitHook(function(){this.options.zoomControl&&(this.zoomControl=new rh,this.addControl(this.zoomControl))});var T_=function(s){return new rh(s)},Cd=on.extend({options:{position:"bottomleft",maxWidth:100,metric:!0,imperial:!0},onAdd:function(s){var a="leaflet-control-scale",h=W("div",a),f=this.options;return this._addScales(f,a+"-line",h),s.on(f.updateWhenIdle?"moveend":"move",this._update,this),s.whenReady(this._update,this),h},onRemove:function(s){s.off(this.options.updateWhenIdle?"moveend":"move",this._update,this)},_addScales:function(s,a,h){s.metric&&(this._mScale=W("div",a,h)),s.imperial&&(this._iScale=W("div",a,h))},_update:function(){var s=this._map,a=s.getSize().y/2,h=s.distance(s.containerPointToLatLng([0,a]),s.containerPointToLatLng([this.options.maxWidth,a]));this._updateScales(h)},_updateScales:function(s){this.options.metric&&s&&this._updateMetric(s),this.options.imperial&&s&&this._updateImperial(s)},_updateMetric:function(s){var a=this._getRoundNum(s),h=a<1e3?a+" m":a/1e3+" km";this._updateScale(this._mScale,h,a/s)},_updateImperial:function(s){var a=s*3.2808399,h,f,v;a>5280?(h=a/5280,f=this._getRoundNum(h),this._updateScale(this._iScale,f+" mi",f/h)):(v=this._getRoundNum(a),this._updateScale(this._iScale,v+" ft",v/a))},_updateScale:function(s,a,h){s.style.width=Math.round(this.options.maxWidth*h)+"px",s.innerHTML=a},_getRoundNum:function(s){var a=Math.pow(10,(Math.floor(s)+"").length-1),h=s/a;return h=h>=10?10:h>=5?5:h>=3?3:h>=2?2:1,a*h}}),A_=function(s){return new Cd(s)},P_='<svg aria-hidden="true" xmlns="http://www.w3.org/2000/svg" width="12" height="8" viewBox="0 0 12 8" class="leaflet-attribution-flag"><path fill="#4C7BE1" d="M0 0h12v4H0z"/><path fill="#FFD500" d="M0 4h12v3H0z"/><path fill="#E0BC00" d="M0 7h12v1H0z"/></svg>',oh=on.extend({options:{position:"bottomright",prefix:'<a href="https://leafletjs.com" title="A JavaScript library for interactive maps">'+(rt.inlineSvg?P_+" ":"")+"Leaflet</a>"},initialize:function(s){_(this,s),this._attributions={}},onAdd:function(s){s.attributionControl=this,this._container=W("div","leaflet-control-attribution"),Yr(this._container);for(var a in s._layers)s._layers[a].getAttribution&&this.addAttribution(s._layers[a].getAttribution());return this._update(),s.on("layeradd",this._addAttribution,this),this._container},onRemove:function(s){s.off("layeradd",this._addAttribution,this)},_addAttribution:function(s){s.layer.getAttribution&&(this.addAttribution(s.layer.getAttribution()),s.layer.once("remove",function(){this.removeAttribution(s.layer.getAttribution())},this))},setPrefix:function(s){return this.options.prefix=s,this._update(),this},addAttribution:function(s){return s?(this._attributions[s]||(this._attributions[s]=0),this._attributions[s]++,this._update(),this):this},removeAttribution:function(s){return s?(this._attributions[s]&&(this._attributions[s]--,this._update()),this):this},_update:function(){if(this._map){var s=[];for(var a in this._attributions)this._attributions[a]&&s.push(a);var h=[];this.options.prefix&&h.push(this.options.prefix),s.length&&h.push(s.join(", ")),this._container.innerHTML=h.join(' <span aria-hidden="true">|</span> ')}}});fe.mergeOptions({attributionControl:!0}),fe.addInitHook(function(){this.options.attributionControl&&new oh().addTo(this)});var C_=function(s){return new oh(s)};on.Layers=Pd,on.Zoom=rh,on.Scale=Cd,on.Attribution=oh,$r.layers=E_,$r.zoom=T_,$r.scale=A_,$r.attribution=C_;var mn=K.extend({initialize:function(s){this._map=s},enable:function(){return this._enabled?this:(this._enabled=!0,this.addHooks(),this)},disable:function(){return this._enabled?(this._enabled=!1,this.removeHooks(),this):this},enabled:function(){return!!this._enabled}});mn.addTo=function(s,a){return s.addHandler(a,this),this};var R_={Events:B},Rd=rt.touch?"touchstart mousedown":"mousedown",Jn=it.extend({options:{clickTolerance:3},initialize:function(s,a,h,f){_(this,f),this._element=s,this._dragStartTarget=a||s,this._preventOutline=h},enable:function(){this._enabled||(Xt(this._dragStartTarget,Rd,this._onDown,this),this._enabled=!0)},disable:function(){this._enabled&&(Jn._dragging===this&&this.finishDrag(!0),Te(this._dragStartTarget,Rd,this._onDown,this),this._enabled=!1,this._moved=!1)},_onDown:function(s){if(this._enabled&&(this._moved=!1,!Mt(this._element,"leaflet-zoom-anim"))){if(s.touches&&s.touches.length!==1){Jn._dragging===this&&this.finishDrag();return}if(!(Jn._dragging||s.shiftKey||s.which!==1&&s.button!==1&&!s.touches)&&(Jn._dragging=this,this._preventOutline&&he(this._element),Ge(),Ut(),!this._moving)){this.fire("down");var a=s.touches?s.touches[0]:s,h=wi(this._element);this._startPoint=new Z(a.clientX,a.clientY),this._startPos=Ie(this._element),this._parentScale=be(h);var f=s.type==="mousedown";Xt(document,f?"mousemove":"touchmove",this._onMove,this),Xt(document,f?"mouseup":"touchend touchcancel",this._onUp,this)}}},_onMove:function(s){if(this._enabled){if(s.touches&&s.touches.length>1){this._moved=!0;return}var a=s.touches&&s.touches.length===1?s.touches[0]:s,h=new Z(a.clientX,a.clientY)._subtract(this._startPoint);!h.x&&!h.y||Math.abs(h.x)+Math.abs(h.y)<this.options.clickTolerance||(h.x/=this._parentScale.x,h.y/=this._parentScale.y,ei(s),this._moved||(this.fire("dragstart"),this._moved=!0,ft(document.body,"leaflet-dragging"),this._lastTarget=s.target||s.srcElement,window.SVGElementInstance&&this._lastTarget instanceof window.SVGElementInstance&&(this._lastTarget=this._lastTarget.correspondingUseElement),ft(this._lastTarget,"leaflet-drag-target")),this._newPos=this._startPos.add(h),this._moving=!0,this._lastEvent=s,this._updatePosition())}},_updatePosition:function(){var s={originalEvent:this._lastEvent};this.fire("predrag",s),jt(this._element,this._newPos),this.fire("drag",s)},_onUp:function(){this._enabled&&this.finishDrag()},finishDrag:function(s){Tt(document.body,"leaflet-dragging"),this._lastTarget&&(Tt(this._lastTarget,"leaflet-drag-target"),this._lastTarget=null),Te(document,"mousemove touchmove",this._onMove,this),Te(document,"mouseup touchend touchcancel",this._onUp,this),Kn(),ke();var a=this._moved&&this._moving;this._moving=!1,Jn._dragging=!1,a&&this.fire("dragend",{noInertia:s,distance:this._newPos.distanceTo(this._startPos)})}});function Ld(s,a,h){var f,v=[1,4,2,8],E,U,$,tt,pt,Ot,qt,oe;for(E=0,Ot=s.length;E<Ot;E++)s[E]._code=Ps(s[E],a);for($=0;$<4;$++){for(qt=v[$],f=[],E=0,Ot=s.length,U=Ot-1;E<Ot;U=E++)tt=s[E],pt=s[U],tt._code&qt?pt._code&qt||(oe=$o(pt,tt,qt,a,h),oe._code=Ps(oe,a),f.push(oe)):(pt._code&qt&&(oe=$o(pt,tt,qt,a,h),oe._code=Ps(oe,a),f.push(oe)),f.push(tt));s=f}return s}function Id(s,a){var h,f,v,E,U,$,tt,pt,Ot;if(!s||s.length===0)throw new Error("latlngs not passed");Yi(s)||(console.warn("latlngs are not flat! Only the first ring will be used"),s=s[0]);var qt=j([0,0]),oe=At(s),_i=oe.getNorthWest().distanceTo(oe.getSouthWest())*oe.getNorthEast().distanceTo(oe.getNorthWest());_i<1700&&(qt=ah(s));var Ke=s.length,$i=[];for(h=0;h<Ke;h++){var Ei=j(s[h]);$i.push(a.project(j([Ei.lat-qt.lat,Ei.lng-qt.lng])))}for($=tt=pt=0,h=0,f=Ke-1;h<Ke;f=h++)v=$i[h],E=$i[f],U=v.y*E.x-E.y*v.x,tt+=(v.x+E.x)*U,pt+=(v.y+E.y)*U,$+=U*3;$===0?Ot=$i[0]:Ot=[tt/$,pt/$];var js=a.unproject(nt(Ot));return j([js.lat+qt.lat,js.lng+qt.lng])}function ah(s){for(var a=0,h=0,f=0,v=0;v<s.length;v++){var E=j(s[v]);a+=E.lat,h+=E.lng,f++}return j([a/f,h/f])}var L_={__proto__:null,clipPolygon:Ld,polygonCenter:Id,centroid:ah};function Dd(s,a){if(!a||!s.length)return s.slice();var h=a*a;return s=N_(s,h),s=D_(s,h),s}function Nd(s,a,h){return Math.sqrt(jr(s,a,h,!0))}function I_(s,a,h){return jr(s,a,h)}function D_(s,a){var h=s.length,f=typeof Uint8Array<"u"?Uint8Array:Array,v=new f(h);v[0]=v[h-1]=1,lh(s,v,a,0,h-1);var E,U=[];for(E=0;E<h;E++)v[E]&&U.push(s[E]);return U}function lh(s,a,h,f,v){var E=0,U,$,tt;for($=f+1;$<=v-1;$++)tt=jr(s[$],s[f],s[v],!0),tt>E&&(U=$,E=tt);E>h&&(a[U]=1,lh(s,a,h,f,U),lh(s,a,h,U,v))}function N_(s,a){for(var h=[s[0]],f=1,v=0,E=s.length;f<E;f++)O_(s[f],s[v])>a&&(h.push(s[f]),v=f);return v<E-1&&h.push(s[E-1]),h}var Od;function Ud(s,a,h,f,v){var E=f?Od:Ps(s,h),U=Ps(a,h),$,tt,pt;for(Od=U;;){if(!(E|U))return[s,a];if(E&U)return!1;$=E||U,tt=$o(s,a,$,h,v),pt=Ps(tt,h),$===E?(s=tt,E=pt):(a=tt,U=pt)}}function $o(s,a,h,f,v){var E=a.x-s.x,U=a.y-s.y,$=f.min,tt=f.max,pt,Ot;return h&8?(pt=s.x+E*(tt.y-s.y)/U,Ot=tt.y):h&4?(pt=s.x+E*($.y-s.y)/U,Ot=$.y):h&2?(pt=tt.x,Ot=s.y+U*(tt.x-s.x)/E):h&1&&(pt=$.x,Ot=s.y+U*($.x-s.x)/E),new Z(pt,Ot,v)}function Ps(s,a){var h=0;return s.x<a.min.x?h|=1:s.x>a.max.x&&(h|=2),s.y<a.min.y?h|=4:s.y>a.max.y&&(h|=8),h}function O_(s,a){var h=a.x-s.x,f=a.y-s.y;return h*h+f*f}function jr(s,a,h,f){var v=a.x,E=a.y,U=h.x-v,$=h.y-E,tt=U*U+$*$,pt;return tt>0&&(pt=((s.x-v)*U+(s.y-E)*$)/tt,pt>1?(v=h.x,E=h.y):pt>0&&(v+=U*pt,E+=$*pt)),U=s.x-v,$=s.y-E,f?U*U+$*$:new Z(v,E)}function Yi(s){return!y(s[0])||typeof s[0][0]!="object"&&typeof s[0][0]<"u"}function Fd(s){return console.warn("Deprecated use of _flat, please use L.LineUtil.isFlat instead."),Yi(s)}function Bd(s,a){var h,f,v,E,U,$,tt,pt;if(!s||s.length===0)throw new Error("latlngs not passed");Yi(s)||(console.warn("latlngs are not flat! Only the first ring will be used"),s=s[0]);var Ot=j([0,0]),qt=At(s),oe=qt.getNorthWest().distanceTo(qt.getSouthWest())*qt.getNorthEast().distanceTo(qt.getNorthWest());oe<1700&&(Ot=ah(s));var _i=s.length,Ke=[];for(h=0;h<_i;h++){var $i=j(s[h]);Ke.push(a.project(j([$i.lat-Ot.lat,$i.lng-Ot.lng])))}for(h=0,f=0;h<_i-1;h++)f+=Ke[h].distanceTo(Ke[h+1])/2;if(f===0)pt=Ke[0];else for(h=0,E=0;h<_i-1;h++)if(U=Ke[h],$=Ke[h+1],v=U.distanceTo($),E+=v,E>f){tt=(E-f)/v,pt=[$.x-tt*($.x-U.x),$.y-tt*($.y-U.y)];break}var Ei=a.unproject(nt(pt));return j([Ei.lat+Ot.lat,Ei.lng+Ot.lng])}var U_={__proto__:null,simplify:Dd,pointToSegmentDistance:Nd,closestPointOnSegment:I_,clipSegment:Ud,_getEdgeIntersection:$o,_getBitCode:Ps,_sqClosestPointOnSegment:jr,isFlat:Yi,_flat:Fd,polylineCenter:Bd},ch={project:function(s){return new Z(s.lng,s.lat)},unproject:function(s){return new It(s.y,s.x)},bounds:new J([-180,-90],[180,90])},hh={R:6378137,R_MINOR:6356752314245179e-9,bounds:new J([-2003750834279e-5,-1549657073972e-5],[2003750834279e-5,1876465623138e-5]),project:function(s){var a=Math.PI/180,h=this.R,f=s.lat*a,v=this.R_MINOR/h,E=Math.sqrt(1-v*v),U=E*Math.sin(f),$=Math.tan(Math.PI/4-f/2)/Math.pow((1-U)/(1+U),E/2);return f=-h*Math.log(Math.max($,1e-10)),new Z(s.lng*a*h,f)},unproject:function(s){for(var a=180/Math.PI,h=this.R,f=this.R_MINOR/h,v=Math.sqrt(1-f*f),E=Math.exp(-s.y/h),U=Math.PI/2-2*Math.atan(E),$=0,tt=.1,pt;$<15&&Math.abs(tt)>1e-7;$++)pt=v*Math.sin(U),pt=Math.pow((1-pt)/(1+pt),v/2),tt=Math.PI/2-2*Math.atan(E*pt)-U,U+=tt;return new It(U*a,s.x*a/h)}},F_={__proto__:null,LonLat:ch,Mercator:hh,SphericalMercator:Ct},B_=e({},Dt,{code:"EPSG:3395",projection:hh,transformation:(function(){var s=.5/(Math.PI*hh.R);return Se(s,.5,-s,.5)})()}),zd=e({},Dt,{code:"EPSG:4326",projection:ch,transformation:Se(1/180,1,-1/180,.5)}),z_=e({},wt,{projection:ch,transformation:Se(1,0,-1,0),scale:function(s){return Math.pow(2,s)},zoom:function(s){return Math.log(s)/Math.LN2},distance:function(s,a){var h=a.lng-s.lng,f=a.lat-s.lat;return Math.sqrt(h*h+f*f)},infinite:!0});wt.Earth=Dt,wt.EPSG3395=B_,wt.EPSG3857=Vt,wt.EPSG900913=me,wt.EPSG4326=zd,wt.Simple=z_;var an=it.extend({options:{pane:"overlayPane",attribution:null,bubblingMouseEvents:!0},addTo:function(s){return s.addLayer(this),this},remove:function(){return this.removeFrom(this._map||this._mapToAdd)},removeFrom:function(s){return s&&s.removeLayer(this),this},getPane:function(s){return this._map.getPane(s?this.options[s]||s:this.options.pane)},addInteractiveTarget:function(s){return this._map._targets[l(s)]=this,this},removeInteractiveTarget:function(s){return delete this._map._targets[l(s)],this},getAttribution:function(){return this.options.attribution},_layerAdd:function(s){var a=s.target;if(a.hasLayer(this)){if(this._map=a,this._zoomAnimated=a._zoomAnimated,this.getEvents){var h=this.getEvents();a.on(h,this),this.once("remove",function(){a.off(h,this)},this)}this.onAdd(a),this.fire("add"),a.fire("layeradd",{layer:this})}}});fe.include({addLayer:function(s){if(!s._layerAdd)throw new Error("The provided object is not a Layer.");var a=l(s);return this._layers[a]?this:(this._layers[a]=s,s._mapToAdd=this,s.beforeAdd&&s.beforeAdd(this),this.whenReady(s._layerAdd,s),this)},removeLayer:function(s){var a=l(s);return this._layers[a]?(this._loaded&&s.onRemove(this),delete this._layers[a],this._loaded&&(this.fire("layerremove",{layer:s}),s.fire("remove")),s._map=s._mapToAdd=null,this):this},hasLayer:function(s){return l(s)in this._layers},eachLayer:function(s,a){for(var h in this._layers)s.call(a,this._layers[h]);return this},_addLayers:function(s){s=s?y(s)?s:[s]:[];for(var a=0,h=s.length;a<h;a++)this.addLayer(s[a])},_addZoomLimit:function(s){(!isNaN(s.options.maxZoom)||!isNaN(s.options.minZoom))&&(this._zoomBoundLayers[l(s)]=s,this._updateZoomLevels())},_removeZoomLimit:function(s){var a=l(s);this._zoomBoundLayers[a]&&(delete this._zoomBoundLayers[a],this._updateZoomLevels())},_updateZoomLevels:function(){var s=1/0,a=-1/0,h=this._getZoomSpan();for(var f in this._zoomBoundLayers){var v=this._zoomBoundLayers[f].options;s=v.minZoom===void 0?s:Math.min(s,v.minZoom),a=v.maxZoom===void 0?a:Math.max(a,v.maxZoom)}this._layersMaxZoom=a===-1/0?void 0:a,this._layersMinZoom=s===1/0?void 0:s,h!==this._getZoomSpan()&&this.fire("zoomlevelschange"),this.options.maxZoom===void 0&&this._layersMaxZoom&&this.getZoom()>this._layersMaxZoom&&this.setZoom(this._layersMaxZoom),this.options.minZoom===void 0&&this._layersMinZoom&&this.getZoom()<this._layersMinZoom&&this.setZoom(this._layersMinZoom)}});var Xs=an.extend({initialize:function(s,a){_(this,a),this._layers={};var h,f;if(s)for(h=0,f=s.length;h<f;h++)this.addLayer(s[h])},addLayer:function(s){var a=this.getLayerId(s);return this._layers[a]=s,this._map&&this._map.addLayer(s),this},removeLayer:function(s){var a=s in this._layers?s:this.getLayerId(s);return this._map&&this._layers[a]&&this._map.removeLayer(this._layers[a]),delete this._layers[a],this},hasLayer:function(s){var a=typeof s=="number"?s:this.getLayerId(s);return a in this._layers},clearLayers:function(){return this.eachLayer(this.removeLayer,this)},invoke:function(s){var a=Array.prototype.slice.call(arguments,1),h,f;for(h in this._layers)f=this._layers[h],f[s]&&f[s].apply(f,a);return this},onAdd:function(s){this.eachLayer(s.addLayer,s)},onRemove:function(s){this.eachLayer(s.removeLayer,s)},eachLayer:function(s,a){for(var h in this._layers)s.call(a,this._layers[h]);return this},getLayer:function(s){return this._layers[s]},getLayers:function(){var s=[];return this.eachLayer(s.push,s),s},setZIndex:function(s){return this.invoke("setZIndex",s)},getLayerId:function(s){return l(s)}}),k_=function(s,a){return new Xs(s,a)},Cn=Xs.extend({addLayer:function(s){return this.hasLayer(s)?this:(s.addEventParent(this),Xs.prototype.addLayer.call(this,s),this.fire("layeradd",{layer:s}))},removeLayer:function(s){return this.hasLayer(s)?(s in this._layers&&(s=this._layers[s]),s.removeEventParent(this),Xs.prototype.removeLayer.call(this,s),this.fire("layerremove",{layer:s})):this},setStyle:function(s){return this.invoke("setStyle",s)},bringToFront:function(){return this.invoke("bringToFront")},bringToBack:function(){return this.invoke("bringToBack")},getBounds:function(){var s=new dt;for(var a in this._layers){var h=this._layers[a];s.extend(h.getBounds?h.getBounds():h.getLatLng())}return s}}),H_=function(s,a){return new Cn(s,a)},Zs=K.extend({options:{popupAnchor:[0,0],tooltipAnchor:[0,0],crossOrigin:!1},initialize:function(s){_(this,s)},createIcon:function(s){return this._createIcon("icon",s)},createShadow:function(s){return this._createIcon("shadow",s)},_createIcon:function(s,a){var h=this._getIconUrl(s);if(!h){if(s==="icon")throw new Error("iconUrl not set in Icon options (see the docs).");return null}var f=this._createImg(h,a&&a.tagName==="IMG"?a:null);return this._setIconStyles(f,s),(this.options.crossOrigin||this.options.crossOrigin==="")&&(f.crossOrigin=this.options.crossOrigin===!0?"":this.options.crossOrigin),f},_setIconStyles:function(s,a){var h=this.options,f=h[a+"Size"];typeof f=="number"&&(f=[f,f]);var v=nt(f),E=nt(a==="shadow"&&h.shadowAnchor||h.iconAnchor||v&&v.divideBy(2,!0));s.className="leaflet-marker-"+a+" "+(h.className||""),E&&(s.style.marginLeft=-E.x+"px",s.style.marginTop=-E.y+"px"),v&&(s.style.width=v.x+"px",s.style.height=v.y+"px")},_createImg:function(s,a){return a=a||document.createElement("img"),a.src=s,a},_getIconUrl:function(s){return rt.retina&&this.options[s+"RetinaUrl"]||this.options[s+"Url"]}});function V_(s){return new Zs(s)}var Kr=Zs.extend({options:{iconUrl:"marker-icon.png",iconRetinaUrl:"marker-icon-2x.png",shadowUrl:"marker-shadow.png",iconSize:[25,41],iconAnchor:[12,41],popupAnchor:[1,-34],tooltipAnchor:[16,-28],shadowSize:[41,41]},_getIconUrl:function(s){return typeof Kr.imagePath!="string"&&(Kr.imagePath=this._detectIconPath()),(this.options.imagePath||Kr.imagePath)+Zs.prototype._getIconUrl.call(this,s)},_stripUrl:function(s){var a=function(h,f,v){var E=f.exec(h);return E&&E[v]};return s=a(s,/^url\((['"])?(.+)\1\)$/,2),s&&a(s,/^(.*)marker-icon\.png$/,1)},_detectIconPath:function(){var s=W("div","leaflet-default-icon-path",document.body),a=k(s,"background-image")||k(s,"backgroundImage");if(document.body.removeChild(s),a=this._stripUrl(a),a)return a;var h=document.querySelector('link[href$="leaflet.css"]');return h?h.href.substring(0,h.href.length-11-1):""}}),kd=mn.extend({initialize:function(s){this._marker=s},addHooks:function(){var s=this._marker._icon;this._draggable||(this._draggable=new Jn(s,s,!0)),this._draggable.on({dragstart:this._onDragStart,predrag:this._onPreDrag,drag:this._onDrag,dragend:this._onDragEnd},this).enable(),ft(s,"leaflet-marker-draggable")},removeHooks:function(){this._draggable.off({dragstart:this._onDragStart,predrag:this._onPreDrag,drag:this._onDrag,dragend:this._onDragEnd},this).disable(),this._marker._icon&&Tt(this._marker._icon,"leaflet-marker-draggable")},moved:function(){return this._draggable&&this._draggable._moved},_adjustPan:function(s){var a=this._marker,h=a._map,f=this._marker.options.autoPanSpeed,v=this._marker.options.autoPanPadding,E=Ie(a._icon),U=h.getPixelBounds(),$=h.getPixelOrigin(),tt=ct(U.min._subtract($).add(v),U.max._subtract($).subtract(v));if(!tt.contains(E)){var pt=nt((Math.max(tt.max.x,E.x)-tt.max.x)/(U.max.x-tt.max.x)-(Math.min(tt.min.x,E.x)-tt.min.x)/(U.min.x-tt.min.x),(Math.max(tt.max.y,E.y)-tt.max.y)/(U.max.y-tt.max.y)-(Math.min(tt.min.y,E.y)-tt.min.y)/(U.min.y-tt.min.y)).multiplyBy(f);h.panBy(pt,{animate:!1}),this._draggable._newPos._add(pt),this._draggable._startPos._add(pt),jt(a._icon,this._draggable._newPos),this._onDrag(s),this._panRequest=X(this._adjustPan.bind(this,s))}},_onDragStart:function(){this._oldLatLng=this._marker.getLatLng(),this._marker.closePopup&&this._marker.closePopup(),this._marker.fire("movestart").fire("dragstart")},_onPreDrag:function(s){this._marker.options.autoPan&&(z(this._panRequest),this._panRequest=X(this._adjustPan.bind(this,s)))},_onDrag:function(s){var a=this._marker,h=a._shadow,f=Ie(a._icon),v=a._map.layerPointToLatLng(f);h&&jt(h,f),a._latlng=v,s.latlng=v,s.oldLatLng=this._oldLatLng,a.fire("move",s).fire("drag",s)},_onDragEnd:function(s){z(this._panRequest),delete this._oldLatLng,this._marker.fire("moveend").fire("dragend",s)}}),jo=an.extend({options:{icon:new Kr,interactive:!0,keyboard:!0,title:"",alt:"Marker",zIndexOffset:0,opacity:1,riseOnHover:!1,riseOffset:250,pane:"markerPane",shadowPane:"shadowPane",bubblingMouseEvents:!1,autoPanOnFocus:!0,draggable:!1,autoPan:!1,autoPanPadding:[50,50],autoPanSpeed:10},initialize:function(s,a){_(this,a),this._latlng=j(s)},onAdd:function(s){this._zoomAnimated=this._zoomAnimated&&s.options.markerZoomAnimation,this._zoomAnimated&&s.on("zoomanim",this._animateZoom,this),this._initIcon(),this.update()},onRemove:function(s){this.dragging&&this.dragging.enabled()&&(this.options.draggable=!0,this.dragging.removeHooks()),delete this.dragging,this._zoomAnimated&&s.off("zoomanim",this._animateZoom,this),this._removeIcon(),this._removeShadow()},getEvents:function(){return{zoom:this.update,viewreset:this.update}},getLatLng:function(){return this._latlng},setLatLng:function(s){var a=this._latlng;return this._latlng=j(s),this.update(),this.fire("move",{oldLatLng:a,latlng:this._latlng})},setZIndexOffset:function(s){return this.options.zIndexOffset=s,this.update()},getIcon:function(){return this.options.icon},setIcon:function(s){return this.options.icon=s,this._map&&(this._initIcon(),this.update()),this._popup&&this.bindPopup(this._popup,this._popup.options),this},getElement:function(){return this._icon},update:function(){if(this._icon&&this._map){var s=this._map.latLngToLayerPoint(this._latlng).round();this._setPos(s)}return this},_initIcon:function(){var s=this.options,a="leaflet-zoom-"+(this._zoomAnimated?"animated":"hide"),h=s.icon.createIcon(this._icon),f=!1;h!==this._icon&&(this._icon&&this._removeIcon(),f=!0,s.title&&(h.title=s.title),h.tagName==="IMG"&&(h.alt=s.alt||"")),ft(h,a),s.keyboard&&(h.tabIndex="0",h.setAttribute("role","button")),this._icon=h,s.riseOnHover&&this.on({mouseover:this._bringToFront,mouseout:this._resetZIndex}),this.options.autoPanOnFocus&&Xt(h,"focus",this._panOnFocus,this);var v=s.icon.createShadow(this._shadow),E=!1;v!==this._shadow&&(this._removeShadow(),E=!0),v&&(ft(v,a),v.alt=""),this._shadow=v,s.opacity<1&&this._updateOpacity(),f&&this.getPane().appendChild(this._icon),this._initInteraction(),v&&E&&this.getPane(s.shadowPane).appendChild(this._shadow)},_removeIcon:function(){this.options.riseOnHover&&this.off({mouseover:this._bringToFront,mouseout:this._resetZIndex}),this.options.autoPanOnFocus&&Te(this._icon,"focus",this._panOnFocus,this),V(this._icon),this.removeInteractiveTarget(this._icon),this._icon=null},_removeShadow:function(){this._shadow&&V(this._shadow),this._shadow=null},_setPos:function(s){this._icon&&jt(this._icon,s),this._shadow&&jt(this._shadow,s),this._zIndex=s.y+this.options.zIndexOffset,this._resetZIndex()},_updateZIndex:function(s){this._icon&&(this._icon.style.zIndex=this._zIndex+s)},_animateZoom:function(s){var a=this._map._latLngToNewLayerPoint(this._latlng,s.zoom,s.center).round();this._setPos(a)},_initInteraction:function(){if(this.options.interactive&&(ft(this._icon,"leaflet-interactive"),this.addInteractiveTarget(this._icon),kd)){var s=this.options.draggable;this.dragging&&(s=this.dragging.enabled(),this.dragging.disable()),this.dragging=new kd(this),s&&this.dragging.enable()}},setOpacity:function(s){return this.options.opacity=s,this._map&&this._updateOpacity(),this},_updateOpacity:function(){var s=this.options.opacity;this._icon&&Rt(this._icon,s),this._shadow&&Rt(this._shadow,s)},_bringToFront:function(){this._updateZIndex(this.options.riseOffset)},_resetZIndex:function(){this._updateZIndex(0)},_panOnFocus:function(){var s=this._map;if(s){var a=this.options.icon.options,h=a.iconSize?nt(a.iconSize):nt(0,0),f=a.iconAnchor?nt(a.iconAnchor):nt(0,0);s.panInside(this._latlng,{paddingTopLeft:f,paddingBottomRight:h.subtract(f)})}},_getPopupAnchor:function(){return this.options.icon.options.popupAnchor},_getTooltipAnchor:function(){return this.options.icon.options.tooltipAnchor}});function G_(s,a){return new jo(s,a)}var Qn=an.extend({options:{stroke:!0,color:"#3388ff",weight:3,opacity:1,lineCap:"round",lineJoin:"round",dashArray:null,dashOffset:null,fill:!1,fillColor:null,fillOpacity:.2,fillRule:"evenodd",interactive:!0,bubblingMouseEvents:!0},beforeAdd:function(s){this._renderer=s.getRenderer(this)},onAdd:function(){this._renderer._initPath(this),this._reset(),this._renderer._addPath(this)},onRemove:function(){this._renderer._removePath(this)},redraw:function(){return this._map&&this._renderer._updatePath(this),this},setStyle:function(s){return _(this,s),this._renderer&&(this._renderer._updateStyle(this),this.options.stroke&&s&&Object.prototype.hasOwnProperty.call(s,"weight")&&this._updateBounds()),this},bringToFront:function(){return this._renderer&&this._renderer._bringToFront(this),this},bringToBack:function(){return this._renderer&&this._renderer._bringToBack(this),this},getElement:function(){return this._path},_reset:function(){this._project(),this._update()},_clickTolerance:function(){return(this.options.stroke?this.options.weight/2:0)+(this._renderer.options.tolerance||0)}}),Ko=Qn.extend({options:{fill:!0,radius:10},initialize:function(s,a){_(this,a),this._latlng=j(s),this._radius=this.options.radius},setLatLng:function(s){var a=this._latlng;return this._latlng=j(s),this.redraw(),this.fire("move",{oldLatLng:a,latlng:this._latlng})},getLatLng:function(){return this._latlng},setRadius:function(s){return this.options.radius=this._radius=s,this.redraw()},getRadius:function(){return this._radius},setStyle:function(s){var a=s&&s.radius||this._radius;return Qn.prototype.setStyle.call(this,s),this.setRadius(a),this},_project:function(){this._point=this._map.latLngToLayerPoint(this._latlng),this._updateBounds()},_updateBounds:function(){var s=this._radius,a=this._radiusY||s,h=this._clickTolerance(),f=[s+h,a+h];this._pxBounds=new J(this._point.subtract(f),this._point.add(f))},_update:function(){this._map&&this._updatePath()},_updatePath:function(){this._renderer._updateCircle(this)},_empty:function(){return this._radius&&!this._renderer._bounds.intersects(this._pxBounds)},_containsPoint:function(s){return s.distanceTo(this._point)<=this._radius+this._clickTolerance()}});function W_(s,a){return new Ko(s,a)}var uh=Ko.extend({initialize:function(s,a,h){if(typeof a=="number"&&(a=e({},h,{radius:a})),_(this,a),this._latlng=j(s),isNaN(this.options.radius))throw new Error("Circle radius cannot be NaN");this._mRadius=this.options.radius},setRadius:function(s){return this._mRadius=s,this.redraw()},getRadius:function(){return this._mRadius},getBounds:function(){var s=[this._radius,this._radiusY||this._radius];return new dt(this._map.layerPointToLatLng(this._point.subtract(s)),this._map.layerPointToLatLng(this._point.add(s)))},setStyle:Qn.prototype.setStyle,_project:function(){var s=this._latlng.lng,a=this._latlng.lat,h=this._map,f=h.options.crs;if(f.distance===Dt.distance){var v=Math.PI/180,E=this._mRadius/Dt.R/v,U=h.project([a+E,s]),$=h.project([a-E,s]),tt=U.add($).divideBy(2),pt=h.unproject(tt).lat,Ot=Math.acos((Math.cos(E*v)-Math.sin(a*v)*Math.sin(pt*v))/(Math.cos(a*v)*Math.cos(pt*v)))/v;(isNaN(Ot)||Ot===0)&&(Ot=E/Math.cos(Math.PI/180*a)),this._point=tt.subtract(h.getPixelOrigin()),this._radius=isNaN(Ot)?0:tt.x-h.project([pt,s-Ot]).x,this._radiusY=tt.y-U.y}else{var qt=f.unproject(f.project(this._latlng).subtract([this._mRadius,0]));this._point=h.latLngToLayerPoint(this._latlng),this._radius=this._point.x-h.latLngToLayerPoint(qt).x}this._updateBounds()}});function X_(s,a,h){return new uh(s,a,h)}var Rn=Qn.extend({options:{smoothFactor:1,noClip:!1},initialize:function(s,a){_(this,a),this._setLatLngs(s)},getLatLngs:function(){return this._latlngs},setLatLngs:function(s){return this._setLatLngs(s),this.redraw()},isEmpty:function(){return!this._latlngs.length},closestLayerPoint:function(s){for(var a=1/0,h=null,f=jr,v,E,U=0,$=this._parts.length;U<$;U++)for(var tt=this._parts[U],pt=1,Ot=tt.length;pt<Ot;pt++){v=tt[pt-1],E=tt[pt];var qt=f(s,v,E,!0);qt<a&&(a=qt,h=f(s,v,E))}return h&&(h.distance=Math.sqrt(a)),h},getCenter:function(){if(!this._map)throw new Error("Must add layer to map before using getCenter()");return Bd(this._defaultShape(),this._map.options.crs)},getBounds:function(){return this._bounds},addLatLng:function(s,a){return a=a||this._defaultShape(),s=j(s),a.push(s),this._bounds.extend(s),this.redraw()},_setLatLngs:function(s){this._bounds=new dt,this._latlngs=this._convertLatLngs(s)},_defaultShape:function(){return Yi(this._latlngs)?this._latlngs:this._latlngs[0]},_convertLatLngs:function(s){for(var a=[],h=Yi(s),f=0,v=s.length;f<v;f++)h?(a[f]=j(s[f]),this._bounds.extend(a[f])):a[f]=this._convertLatLngs(s[f]);return a},_project:function(){var s=new J;this._rings=[],this._projectLatlngs(this._latlngs,this._rings,s),this._bounds.isValid()&&s.isValid()&&(this._rawPxBounds=s,this._updateBounds())},_updateBounds:function(){var s=this._clickTolerance(),a=new Z(s,s);this._rawPxBounds&&(this._pxBounds=new J([this._rawPxBounds.min.subtract(a),this._rawPxBounds.max.add(a)]))},_projectLatlngs:function(s,a,h){var f=s[0]instanceof It,v=s.length,E,U;if(f){for(U=[],E=0;E<v;E++)U[E]=this._map.latLngToLayerPoint(s[E]),h.extend(U[E]);a.push(U)}else for(E=0;E<v;E++)this._projectLatlngs(s[E],a,h)},_clipPoints:function(){var s=this._renderer._bounds;if(this._parts=[],!(!this._pxBounds||!this._pxBounds.intersects(s))){if(this.options.noClip){this._parts=this._rings;return}var a=this._parts,h,f,v,E,U,$,tt;for(h=0,v=0,E=this._rings.length;h<E;h++)for(tt=this._rings[h],f=0,U=tt.length;f<U-1;f++)$=Ud(tt[f],tt[f+1],s,f,!0),$&&(a[v]=a[v]||[],a[v].push($[0]),($[1]!==tt[f+1]||f===U-2)&&(a[v].push($[1]),v++))}},_simplifyPoints:function(){for(var s=this._parts,a=this.options.smoothFactor,h=0,f=s.length;h<f;h++)s[h]=Dd(s[h],a)},_update:function(){this._map&&(this._clipPoints(),this._simplifyPoints(),this._updatePath())},_updatePath:function(){this._renderer._updatePoly(this)},_containsPoint:function(s,a){var h,f,v,E,U,$,tt=this._clickTolerance();if(!this._pxBounds||!this._pxBounds.contains(s))return!1;for(h=0,E=this._parts.length;h<E;h++)for($=this._parts[h],f=0,U=$.length,v=U-1;f<U;v=f++)if(!(!a&&f===0)&&Nd(s,$[v],$[f])<=tt)return!0;return!1}});function Z_(s,a){return new Rn(s,a)}Rn._flat=Fd;var qs=Rn.extend({options:{fill:!0},isEmpty:function(){return!this._latlngs.length||!this._latlngs[0].length},getCenter:function(){if(!this._map)throw new Error("Must add layer to map before using getCenter()");return Id(this._defaultShape(),this._map.options.crs)},_convertLatLngs:function(s){var a=Rn.prototype._convertLatLngs.call(this,s),h=a.length;return h>=2&&a[0]instanceof It&&a[0].equals(a[h-1])&&a.pop(),a},_setLatLngs:function(s){Rn.prototype._setLatLngs.call(this,s),Yi(this._latlngs)&&(this._latlngs=[this._latlngs])},_defaultShape:function(){return Yi(this._latlngs[0])?this._latlngs[0]:this._latlngs[0][0]},_clipPoints:function(){var s=this._renderer._bounds,a=this.options.weight,h=new Z(a,a);if(s=new J(s.min.subtract(h),s.max.add(h)),this._parts=[],!(!this._pxBounds||!this._pxBounds.intersects(s))){if(this.options.noClip){this._parts=this._rings;return}for(var f=0,v=this._rings.length,E;f<v;f++)E=Ld(this._rings[f],s,!0),E.length&&this._parts.push(E)}},_updatePath:function(){this._renderer._updatePoly(this,!0)},_containsPoint:function(s){var a=!1,h,f,v,E,U,$,tt,pt;if(!this._pxBounds||!this._pxBounds.contains(s))return!1;for(E=0,tt=this._parts.length;E<tt;E++)for(h=this._parts[E],U=0,pt=h.length,$=pt-1;U<pt;$=U++)f=h[U],v=h[$],f.y>s.y!=v.y>s.y&&s.x<(v.x-f.x)*(s.y-f.y)/(v.y-f.y)+f.x&&(a=!a);return a||Rn.prototype._containsPoint.call(this,s,!0)}});function q_(s,a){return new qs(s,a)}var Ln=Cn.extend({initialize:function(s,a){_(this,a),this._layers={},s&&this.addData(s)},addData:function(s){var a=y(s)?s:s.features,h,f,v;if(a){for(h=0,f=a.length;h<f;h++)v=a[h],(v.geometries||v.geometry||v.features||v.coordinates)&&this.addData(v);return this}var E=this.options;if(E.filter&&!E.filter(s))return this;var U=Jo(s,E);return U?(U.feature=ea(s),U.defaultOptions=U.options,this.resetStyle(U),E.onEachFeature&&E.onEachFeature(s,U),this.addLayer(U)):this},resetStyle:function(s){return s===void 0?this.eachLayer(this.resetStyle,this):(s.options=e({},s.defaultOptions),this._setLayerStyle(s,this.options.style),this)},setStyle:function(s){return this.eachLayer(function(a){this._setLayerStyle(a,s)},this)},_setLayerStyle:function(s,a){s.setStyle&&(typeof a=="function"&&(a=a(s.feature)),s.setStyle(a))}});function Jo(s,a){var h=s.type==="Feature"?s.geometry:s,f=h?h.coordinates:null,v=[],E=a&&a.pointToLayer,U=a&&a.coordsToLatLng||dh,$,tt,pt,Ot;if(!f&&!h)return null;switch(h.type){case"Point":return $=U(f),Hd(E,s,$,a);case"MultiPoint":for(pt=0,Ot=f.length;pt<Ot;pt++)$=U(f[pt]),v.push(Hd(E,s,$,a));return new Cn(v);case"LineString":case"MultiLineString":return tt=Qo(f,h.type==="LineString"?0:1,U),new Rn(tt,a);case"Polygon":case"MultiPolygon":return tt=Qo(f,h.type==="Polygon"?1:2,U),new qs(tt,a);case"GeometryCollection":for(pt=0,Ot=h.geometries.length;pt<Ot;pt++){var qt=Jo({geometry:h.geometries[pt],type:"Feature",properties:s.properties},a);qt&&v.push(qt)}return new Cn(v);case"FeatureCollection":for(pt=0,Ot=h.features.length;pt<Ot;pt++){var oe=Jo(h.features[pt],a);oe&&v.push(oe)}return new Cn(v);default:throw new Error("Invalid GeoJSON object.")}}function Hd(s,a,h,f){return s?s(a,h):new jo(h,f&&f.markersInheritOptions&&f)}function dh(s){return new It(s[1],s[0],s[2])}function Qo(s,a,h){for(var f=[],v=0,E=s.length,U;v<E;v++)U=a?Qo(s[v],a-1,h):(h||dh)(s[v]),f.push(U);return f}function fh(s,a){return s=j(s),s.alt!==void 0?[p(s.lng,a),p(s.lat,a),p(s.alt,a)]:[p(s.lng,a),p(s.lat,a)]}function ta(s,a,h,f){for(var v=[],E=0,U=s.length;E<U;E++)v.push(a?ta(s[E],Yi(s[E])?0:a-1,h,f):fh(s[E],f));return!a&&h&&v.length>0&&v.push(v[0].slice()),v}function Ys(s,a){return s.feature?e({},s.feature,{geometry:a}):ea(a)}function ea(s){return s.type==="Feature"||s.type==="FeatureCollection"?s:{type:"Feature",properties:{},geometry:s}}var ph={toGeoJSON:function(s){return Ys(this,{type:"Point",coordinates:fh(this.getLatLng(),s)})}};jo.include(ph),uh.include(ph),Ko.include(ph),Rn.include({toGeoJSON:function(s){var a=!Yi(this._latlngs),h=ta(this._latlngs,a?1:0,!1,s);return Ys(this,{type:(a?"Multi":"")+"LineString",coordinates:h})}}),qs.include({toGeoJSON:function(s){var a=!Yi(this._latlngs),h=a&&!Yi(this._latlngs[0]),f=ta(this._latlngs,h?2:a?1:0,!0,s);return a||(f=[f]),Ys(this,{type:(h?"Multi":"")+"Polygon",coordinates:f})}}),Xs.include({toMultiPoint:function(s){var a=[];return this.eachLayer(function(h){a.push(h.toGeoJSON(s).geometry.coordinates)}),Ys(this,{type:"MultiPoint",coordinates:a})},toGeoJSON:function(s){var a=this.feature&&this.feature.geometry&&this.feature.geometry.type;if(a==="MultiPoint")return this.toMultiPoint(s);var h=a==="GeometryCollection",f=[];return this.eachLayer(function(v){if(v.toGeoJSON){var E=v.toGeoJSON(s);if(h)f.push(E.geometry);else{var U=ea(E);U.type==="FeatureCollection"?f.push.apply(f,U.features):f.push(U)}}}),h?Ys(this,{geometries:f,type:"GeometryCollection"}):{type:"FeatureCollection",features:f}}});function Vd(s,a){return new Ln(s,a)}var Y_=Vd,ia=an.extend({options:{opacity:1,alt:"",interactive:!1,crossOrigin:!1,errorOverlayUrl:"",zIndex:1,className:""},initialize:function(s,a,h){this._url=s,this._bounds=At(a),_(this,h)},onAdd:function(){this._image||(this._initImage(),this.options.opacity<1&&this._updateOpacity()),this.options.interactive&&(ft(this._image,"leaflet-interactive"),this.addInteractiveTarget(this._image)),this.getPane().appendChild(this._image),this._reset()},onRemove:function(){V(this._image),this.options.interactive&&this.removeInteractiveTarget(this._image)},setOpacity:function(s){return this.options.opacity=s,this._image&&this._updateOpacity(),this},setStyle:function(s){return s.opacity&&this.setOpacity(s.opacity),this},bringToFront:function(){return this._map&&yt(this._image),this},bringToBack:function(){return this._map&&Nt(this._image),this},setUrl:function(s){return this._url=s,this._image&&(this._image.src=s),this},setBounds:function(s){return this._bounds=At(s),this._map&&this._reset(),this},getEvents:function(){var s={zoom:this._reset,viewreset:this._reset};return this._zoomAnimated&&(s.zoomanim=this._animateZoom),s},setZIndex:function(s){return this.options.zIndex=s,this._updateZIndex(),this},getBounds:function(){return this._bounds},getElement:function(){return this._image},_initImage:function(){var s=this._url.tagName==="IMG",a=this._image=s?this._url:W("img");if(ft(a,"leaflet-image-layer"),this._zoomAnimated&&ft(a,"leaflet-zoom-animated"),this.options.className&&ft(a,this.options.className),a.onselectstart=d,a.onmousemove=d,a.onload=r(this.fire,this,"load"),a.onerror=r(this._overlayOnError,this,"error"),(this.options.crossOrigin||this.options.crossOrigin==="")&&(a.crossOrigin=this.options.crossOrigin===!0?"":this.options.crossOrigin),this.options.zIndex&&this._updateZIndex(),s){this._url=a.src;return}a.src=this._url,a.alt=this.options.alt},_animateZoom:function(s){var a=this._map.getZoomScale(s.zoom),h=this._map._latLngBoundsToNewLayerBounds(this._bounds,s.zoom,s.center).min;de(this._image,h,a)},_reset:function(){var s=this._image,a=new J(this._map.latLngToLayerPoint(this._bounds.getNorthWest()),this._map.latLngToLayerPoint(this._bounds.getSouthEast())),h=a.getSize();jt(s,a.min),s.style.width=h.x+"px",s.style.height=h.y+"px"},_updateOpacity:function(){Rt(this._image,this.options.opacity)},_updateZIndex:function(){this._image&&this.options.zIndex!==void 0&&this.options.zIndex!==null&&(this._image.style.zIndex=this.options.zIndex)},_overlayOnError:function(){this.fire("error");var s=this.options.errorOverlayUrl;s&&this._url!==s&&(this._url=s,this._image.src=s)},getCenter:function(){return this._bounds.getCenter()}}),$_=function(s,a,h){return new ia(s,a,h)},Gd=ia.extend({options:{autoplay:!0,loop:!0,keepAspectRatio:!0,muted:!1,playsInline:!0},_initImage:function(){var s=this._url.tagName==="VIDEO",a=this._image=s?this._url:W("video");if(ft(a,"leaflet-image-layer"),this._zoomAnimated&&ft(a,"leaflet-zoom-animated"),this.options.className&&ft(a,this.options.className),a.onselectstart=d,a.onmousemove=d,a.onloadeddata=r(this.fire,this,"load"),s){for(var h=a.getElementsByTagName("source"),f=[],v=0;v<h.length;v++)f.push(h[v].src);this._url=h.length>0?f:[a.src];return}y(this._url)||(this._url=[this._url]),!this.options.keepAspectRatio&&Object.prototype.hasOwnProperty.call(a.style,"objectFit")&&(a.style.objectFit="fill"),a.autoplay=!!this.options.autoplay,a.loop=!!this.options.loop,a.muted=!!this.options.muted,a.playsInline=!!this.options.playsInline;for(var E=0;E<this._url.length;E++){var U=W("source");U.src=this._url[E],a.appendChild(U)}}});function j_(s,a,h){return new Gd(s,a,h)}var Wd=ia.extend({_initImage:function(){var s=this._image=this._url;ft(s,"leaflet-image-layer"),this._zoomAnimated&&ft(s,"leaflet-zoom-animated"),this.options.className&&ft(s,this.options.className),s.onselectstart=d,s.onmousemove=d}});function K_(s,a,h){return new Wd(s,a,h)}var gn=an.extend({options:{interactive:!1,offset:[0,0],className:"",pane:void 0,content:""},initialize:function(s,a){s&&(s instanceof It||y(s))?(this._latlng=j(s),_(this,a)):(_(this,s),this._source=a),this.options.content&&(this._content=this.options.content)},openOn:function(s){return s=arguments.length?s:this._source._map,s.hasLayer(this)||s.addLayer(this),this},close:function(){return this._map&&this._map.removeLayer(this),this},toggle:function(s){return this._map?this.close():(arguments.length?this._source=s:s=this._source,this._prepareOpen(),this.openOn(s._map)),this},onAdd:function(s){this._zoomAnimated=s._zoomAnimated,this._container||this._initLayout(),s._fadeAnimated&&Rt(this._container,0),clearTimeout(this._removeTimeout),this.getPane().appendChild(this._container),this.update(),s._fadeAnimated&&Rt(this._container,1),this.bringToFront(),this.options.interactive&&(ft(this._container,"leaflet-interactive"),this.addInteractiveTarget(this._container))},onRemove:function(s){s._fadeAnimated?(Rt(this._container,0),this._removeTimeout=setTimeout(r(V,void 0,this._container),200)):V(this._container),this.options.interactive&&(Tt(this._container,"leaflet-interactive"),this.removeInteractiveTarget(this._container))},getLatLng:function(){return this._latlng},setLatLng:function(s){return this._latlng=j(s),this._map&&(this._updatePosition(),this._adjustPan()),this},getContent:function(){return this._content},setContent:function(s){return this._content=s,this.update(),this},getElement:function(){return this._container},update:function(){this._map&&(this._container.style.visibility="hidden",this._updateContent(),this._updateLayout(),this._updatePosition(),this._container.style.visibility="",this._adjustPan())},getEvents:function(){var s={zoom:this._updatePosition,viewreset:this._updatePosition};return this._zoomAnimated&&(s.zoomanim=this._animateZoom),s},isOpen:function(){return!!this._map&&this._map.hasLayer(this)},bringToFront:function(){return this._map&&yt(this._container),this},bringToBack:function(){return this._map&&Nt(this._container),this},_prepareOpen:function(s){var a=this._source;if(!a._map)return!1;if(a instanceof Cn){a=null;var h=this._source._layers;for(var f in h)if(h[f]._map){a=h[f];break}if(!a)return!1;this._source=a}if(!s)if(a.getCenter)s=a.getCenter();else if(a.getLatLng)s=a.getLatLng();else if(a.getBounds)s=a.getBounds().getCenter();else throw new Error("Unable to get source layer LatLng.");return this.setLatLng(s),this._map&&this.update(),!0},_updateContent:function(){if(this._content){var s=this._contentNode,a=typeof this._content=="function"?this._content(this._source||this):this._content;if(typeof a=="string")s.innerHTML=a;else{for(;s.hasChildNodes();)s.removeChild(s.firstChild);s.appendChild(a)}this.fire("contentupdate")}},_updatePosition:function(){if(this._map){var s=this._map.latLngToLayerPoint(this._latlng),a=nt(this.options.offset),h=this._getAnchor();this._zoomAnimated?jt(this._container,s.add(h)):a=a.add(s).add(h);var f=this._containerBottom=-a.y,v=this._containerLeft=-Math.round(this._containerWidth/2)+a.x;this._container.style.bottom=f+"px",this._container.style.left=v+"px"}},_getAnchor:function(){return[0,0]}});fe.include({_initOverlay:function(s,a,h,f){var v=a;return v instanceof s||(v=new s(f).setContent(a)),h&&v.setLatLng(h),v}}),an.include({_initOverlay:function(s,a,h,f){var v=h;return v instanceof s?(_(v,f),v._source=this):(v=a&&!f?a:new s(f,this),v.setContent(h)),v}});var na=gn.extend({options:{pane:"popupPane",offset:[0,7],maxWidth:300,minWidth:50,maxHeight:null,autoPan:!0,autoPanPaddingTopLeft:null,autoPanPaddingBottomRight:null,autoPanPadding:[5,5],keepInView:!1,closeButton:!0,autoClose:!0,closeOnEscapeKey:!0,className:""},openOn:function(s){return s=arguments.length?s:this._source._map,!s.hasLayer(this)&&s._popup&&s._popup.options.autoClose&&s.removeLayer(s._popup),s._popup=this,gn.prototype.openOn.call(this,s)},onAdd:function(s){gn.prototype.onAdd.call(this,s),s.fire("popupopen",{popup:this}),this._source&&(this._source.fire("popupopen",{popup:this},!0),this._source instanceof Qn||this._source.on("preclick",Ts))},onRemove:function(s){gn.prototype.onRemove.call(this,s),s.fire("popupclose",{popup:this}),this._source&&(this._source.fire("popupclose",{popup:this},!0),this._source instanceof Qn||this._source.off("preclick",Ts))},getEvents:function(){var s=gn.prototype.getEvents.call(this);return(this.options.closeOnClick!==void 0?this.options.closeOnClick:this._map.options.closePopupOnClick)&&(s.preclick=this.close),this.options.keepInView&&(s.moveend=this._adjustPan),s},_initLayout:function(){var s="leaflet-popup",a=this._container=W("div",s+" "+(this.options.className||"")+" leaflet-zoom-animated"),h=this._wrapper=W("div",s+"-content-wrapper",a);if(this._contentNode=W("div",s+"-content",h),Yr(a),nh(this._contentNode),Xt(a,"contextmenu",Ts),this._tipContainer=W("div",s+"-tip-container",a),this._tip=W("div",s+"-tip",this._tipContainer),this.options.closeButton){var f=this._closeButton=W("a",s+"-close-button",a);f.setAttribute("role","button"),f.setAttribute("aria-label","Close popup"),f.href="#close",f.innerHTML='<span aria-hidden="true">&#215;</span>',Xt(f,"click",function(v){ei(v),this.close()},this)}},_updateLayout:function(){var s=this._contentNode,a=s.style;a.width="",a.whiteSpace="nowrap";var h=s.offsetWidth;h=Math.min(h,this.options.maxWidth),h=Math.max(h,this.options.minWidth),a.width=h+1+"px",a.whiteSpace="",a.height="";var f=s.offsetHeight,v=this.options.maxHeight,E="leaflet-popup-scrolled";v&&f>v?(a.height=v+"px",ft(s,E)):Tt(s,E),this._containerWidth=this._container.offsetWidth},_animateZoom:function(s){var a=this._map._latLngToNewLayerPoint(this._latlng,s.zoom,s.center),h=this._getAnchor();jt(this._container,a.add(h))},_adjustPan:function(){if(this.options.autoPan){if(this._map._panAnim&&this._map._panAnim.stop(),this._autopanning){this._autopanning=!1;return}var s=this._map,a=parseInt(k(this._container,"marginBottom"),10)||0,h=this._container.offsetHeight+a,f=this._containerWidth,v=new Z(this._containerLeft,-h-this._containerBottom);v._add(Ie(this._container));var E=s.layerPointToContainerPoint(v),U=nt(this.options.autoPanPadding),$=nt(this.options.autoPanPaddingTopLeft||U),tt=nt(this.options.autoPanPaddingBottomRight||U),pt=s.getSize(),Ot=0,qt=0;E.x+f+tt.x>pt.x&&(Ot=E.x+f-pt.x+tt.x),E.x-Ot-$.x<0&&(Ot=E.x-$.x),E.y+h+tt.y>pt.y&&(qt=E.y+h-pt.y+tt.y),E.y-qt-$.y<0&&(qt=E.y-$.y),(Ot||qt)&&(this.options.keepInView&&(this._autopanning=!0),s.fire("autopanstart").panBy([Ot,qt]))}},_getAnchor:function(){return nt(this._source&&this._source._getPopupAnchor?this._source._getPopupAnchor():[0,0])}}),J_=function(s,a){return new na(s,a)};fe.mergeOptions({closePopupOnClick:!0}),fe.include({openPopup:function(s,a,h){return this._initOverlay(na,s,a,h).openOn(this),this},closePopup:function(s){return s=arguments.length?s:this._popup,s&&s.close(),this}}),an.include({bindPopup:function(s,a){return this._popup=this._initOverlay(na,this._popup,s,a),this._popupHandlersAdded||(this.on({click:this._openPopup,keypress:this._onKeyPress,remove:this.closePopup,move:this._movePopup}),this._popupHandlersAdded=!0),this},unbindPopup:function(){return this._popup&&(this.off({click:this._openPopup,keypress:this._onKeyPress,remove:this.closePopup,move:this._movePopup}),this._popupHandlersAdded=!1,this._popup=null),this},openPopup:function(s){return this._popup&&(this instanceof Cn||(this._popup._source=this),this._popup._prepareOpen(s||this._latlng)&&this._popup.openOn(this._map)),this},closePopup:function(){return this._popup&&this._popup.close(),this},togglePopup:function(){return this._popup&&this._popup.toggle(this),this},isPopupOpen:function(){return this._popup?this._popup.isOpen():!1},setPopupContent:function(s){return this._popup&&this._popup.setContent(s),this},getPopup:function(){return this._popup},_openPopup:function(s){if(!(!this._popup||!this._map)){As(s);var a=s.layer||s.target;if(this._popup._source===a&&!(a instanceof Qn)){this._map.hasLayer(this._popup)?this.closePopup():this.openPopup(s.latlng);return}this._popup._source=a,this.openPopup(s.latlng)}},_movePopup:function(s){this._popup.setLatLng(s.latlng)},_onKeyPress:function(s){s.originalEvent.keyCode===13&&this._openPopup(s)}});var sa=gn.extend({options:{pane:"tooltipPane",offset:[0,0],direction:"auto",permanent:!1,sticky:!1,opacity:.9},onAdd:function(s){gn.prototype.onAdd.call(this,s),this.setOpacity(this.options.opacity),s.fire("tooltipopen",{tooltip:this}),this._source&&(this.addEventParent(this._source),this._source.fire("tooltipopen",{tooltip:this},!0))},onRemove:function(s){gn.prototype.onRemove.call(this,s),s.fire("tooltipclose",{tooltip:this}),this._source&&(this.removeEventParent(this._source),this._source.fire("tooltipclose",{tooltip:this},!0))},getEvents:function(){var s=gn.prototype.getEvents.call(this);return this.options.permanent||(s.preclick=this.close),s},_initLayout:function(){var s="leaflet-tooltip",a=s+" "+(this.options.className||"")+" leaflet-zoom-"+(this._zoomAnimated?"animated":"hide");this._contentNode=this._container=W("div",a),this._container.setAttribute("role","tooltip"),this._container.setAttribute("id","leaflet-tooltip-"+l(this))},_updateLayout:function(){},_adjustPan:function(){},_setPosition:function(s){var a,h,f=this._map,v=this._container,E=f.latLngToContainerPoint(f.getCenter()),U=f.layerPointToContainerPoint(s),$=this.options.direction,tt=v.offsetWidth,pt=v.offsetHeight,Ot=nt(this.options.offset),qt=this._getAnchor();$==="top"?(a=tt/2,h=pt):$==="bottom"?(a=tt/2,h=0):$==="center"?(a=tt/2,h=pt/2):$==="right"?(a=0,h=pt/2):$==="left"?(a=tt,h=pt/2):U.x<E.x?($="right",a=0,h=pt/2):($="left",a=tt+(Ot.x+qt.x)*2,h=pt/2),s=s.subtract(nt(a,h,!0)).add(Ot).add(qt),Tt(v,"leaflet-tooltip-right"),Tt(v,"leaflet-tooltip-left"),Tt(v,"leaflet-tooltip-top"),Tt(v,"leaflet-tooltip-bottom"),ft(v,"leaflet-tooltip-"+$),jt(v,s)},_updatePosition:function(){var s=this._map.latLngToLayerPoint(this._latlng);this._setPosition(s)},setOpacity:function(s){this.options.opacity=s,this._container&&Rt(this._container,s)},_animateZoom:function(s){var a=this._map._latLngToNewLayerPoint(this._latlng,s.zoom,s.center);this._setPosition(a)},_getAnchor:function(){return nt(this._source&&this._source._getTooltipAnchor&&!this.options.sticky?this._source._getTooltipAnchor():[0,0])}}),Q_=function(s,a){return new sa(s,a)};fe.include({openTooltip:function(s,a,h){return this._initOverlay(sa,s,a,h).openOn(this),this},closeTooltip:function(s){return s.close(),this}}),an.include({bindTooltip:function(s,a){return this._tooltip&&this.isTooltipOpen()&&this.unbindTooltip(),this._tooltip=this._initOverlay(sa,this._tooltip,s,a),this._initTooltipInteractions(),this._tooltip.options.permanent&&this._map&&this._map.hasLayer(this)&&this.openTooltip(),this},unbindTooltip:function(){return this._tooltip&&(this._initTooltipInteractions(!0),this.closeTooltip(),this._tooltip=null),this},_initTooltipInteractions:function(s){if(!(!s&&this._tooltipHandlersAdded)){var a=s?"off":"on",h={remove:this.closeTooltip,move:this._moveTooltip};this._tooltip.options.permanent?h.add=this._openTooltip:(h.mouseover=this._openTooltip,h.mouseout=this.closeTooltip,h.click=this._openTooltip,this._map?this._addFocusListeners():h.add=this._addFocusListeners),this._tooltip.options.sticky&&(h.mousemove=this._moveTooltip),this[a](h),this._tooltipHandlersAdded=!s}},openTooltip:function(s){return this._tooltip&&(this instanceof Cn||(this._tooltip._source=this),this._tooltip._prepareOpen(s)&&(this._tooltip.openOn(this._map),this.getElement?this._setAriaDescribedByOnLayer(this):this.eachLayer&&this.eachLayer(this._setAriaDescribedByOnLayer,this))),this},closeTooltip:function(){if(this._tooltip)return this._tooltip.close()},toggleTooltip:function(){return this._tooltip&&this._tooltip.toggle(this),this},isTooltipOpen:function(){return this._tooltip.isOpen()},setTooltipContent:function(s){return this._tooltip&&this._tooltip.setContent(s),this},getTooltip:function(){return this._tooltip},_addFocusListeners:function(){this.getElement?this._addFocusListenersOnLayer(this):this.eachLayer&&this.eachLayer(this._addFocusListenersOnLayer,this)},_addFocusListenersOnLayer:function(s){var a=typeof s.getElement=="function"&&s.getElement();a&&(Xt(a,"focus",function(){this._tooltip._source=s,this.openTooltip()},this),Xt(a,"blur",this.closeTooltip,this))},_setAriaDescribedByOnLayer:function(s){var a=typeof s.getElement=="function"&&s.getElement();a&&a.setAttribute("aria-describedby",this._tooltip._container.id)},_openTooltip:function(s){if(!(!this._tooltip||!this._map)){if(this._map.dragging&&this._map.dragging.moving()&&!this._openOnceFlag){this._openOnceFlag=!0;var a=this;this._map.once("moveend",function(){a._openOnceFlag=!1,a._openTooltip(s)});return}this._tooltip._source=s.layer||s.target,this.openTooltip(this._tooltip.options.sticky?s.latlng:void 0)}},_moveTooltip:function(s){var a=s.latlng,h,f;this._tooltip.options.sticky&&s.originalEvent&&(h=this._map.mouseEventToContainerPoint(s.originalEvent),f=this._map.containerPointToLayerPoint(h),a=this._map.layerPointToLatLng(f)),this._tooltip.setLatLng(a)}});var Xd=Zs.extend({options:{iconSize:[12,12],html:!1,bgPos:null,className:"leaflet-div-icon"},createIcon:function(s){var a=s&&s.tagName==="DIV"?s:document.createElement("div"),h=this.options;if(h.html instanceof Element?(q(a),a.appendChild(h.html)):a.innerHTML=h.html!==!1?h.html:"",h.bgPos){var f=nt(h.bgPos);a.style.backgroundPosition=-f.x+"px "+-f.y+"px"}return this._setIconStyles(a,"icon"),a},createShadow:function(){return null}});function t0(s){return new Xd(s)}Zs.Default=Kr;var Jr=an.extend({options:{tileSize:256,opacity:1,updateWhenIdle:rt.mobile,updateWhenZooming:!0,updateInterval:200,zIndex:1,bounds:null,minZoom:0,maxZoom:void 0,maxNativeZoom:void 0,minNativeZoom:void 0,noWrap:!1,pane:"tilePane",className:"",keepBuffer:2},initialize:function(s){_(this,s)},onAdd:function(){this._initContainer(),this._levels={},this._tiles={},this._resetView()},beforeAdd:function(s){s._addZoomLimit(this)},onRemove:function(s){this._removeAllTiles(),V(this._container),s._removeZoomLimit(this),this._container=null,this._tileZoom=void 0},bringToFront:function(){return this._map&&(yt(this._container),this._setAutoZIndex(Math.max)),this},bringToBack:function(){return this._map&&(Nt(this._container),this._setAutoZIndex(Math.min)),this},getContainer:function(){return this._container},setOpacity:function(s){return this.options.opacity=s,this._updateOpacity(),this},setZIndex:function(s){return this.options.zIndex=s,this._updateZIndex(),this},isLoading:function(){return this._loading},redraw:function(){if(this._map){this._removeAllTiles();var s=this._clampZoom(this._map.getZoom());s!==this._tileZoom&&(this._tileZoom=s,this._updateLevels()),this._update()}return this},getEvents:function(){var s={viewprereset:this._invalidateAll,viewreset:this._resetView,zoom:this._resetView,moveend:this._onMoveEnd};return this.options.updateWhenIdle||(this._onMove||(this._onMove=c(this._onMoveEnd,this.options.updateInterval,this)),s.move=this._onMove),this._zoomAnimated&&(s.zoomanim=this._animateZoom),s},createTile:function(){return document.createElement("div")},getTileSize:function(){var s=this.options.tileSize;return s instanceof Z?s:new Z(s,s)},_updateZIndex:function(){this._container&&this.options.zIndex!==void 0&&this.options.zIndex!==null&&(this._container.style.zIndex=this.options.zIndex)},_setAutoZIndex:function(s){for(var a=this.getPane().children,h=-s(-1/0,1/0),f=0,v=a.length,E;f<v;f++)E=a[f].style.zIndex,a[f]!==this._container&&E&&(h=s(h,+E));isFinite(h)&&(this.options.zIndex=h+s(-1,1),this._updateZIndex())},_updateOpacity:function(){if(this._map&&!rt.ielt9){Rt(this._container,this.options.opacity);var s=+new Date,a=!1,h=!1;for(var f in this._tiles){var v=this._tiles[f];if(!(!v.current||!v.loaded)){var E=Math.min(1,(s-v.loaded)/200);Rt(v.el,E),E<1?a=!0:(v.active?h=!0:this._onOpaqueTile(v),v.active=!0)}}h&&!this._noPrune&&this._pruneTiles(),a&&(z(this._fadeFrame),this._fadeFrame=X(this._updateOpacity,this))}},_onOpaqueTile:d,_initContainer:function(){this._container||(this._container=W("div","leaflet-layer "+(this.options.className||"")),this._updateZIndex(),this.options.opacity<1&&this._updateOpacity(),this.getPane().appendChild(this._container))},_updateLevels:function(){var s=this._tileZoom,a=this.options.maxZoom;if(s!==void 0){for(var h in this._levels)h=Number(h),this._levels[h].el.children.length||h===s?(this._levels[h].el.style.zIndex=a-Math.abs(s-h),this._onUpdateLevel(h)):(V(this._levels[h].el),this._removeTilesAtZoom(h),this._onRemoveLevel(h),delete this._levels[h]);var f=this._levels[s],v=this._map;return f||(f=this._levels[s]={},f.el=W("div","leaflet-tile-container leaflet-zoom-animated",this._container),f.el.style.zIndex=a,f.origin=v.project(v.unproject(v.getPixelOrigin()),s).round(),f.zoom=s,this._setZoomTransform(f,v.getCenter(),v.getZoom()),d(f.el.offsetWidth),this._onCreateLevel(f)),this._level=f,f}},_onUpdateLevel:d,_onRemoveLevel:d,_onCreateLevel:d,_pruneTiles:function(){if(this._map){var s,a,h=this._map.getZoom();if(h>this.options.maxZoom||h<this.options.minZoom){this._removeAllTiles();return}for(s in this._tiles)a=this._tiles[s],a.retain=a.current;for(s in this._tiles)if(a=this._tiles[s],a.current&&!a.active){var f=a.coords;this._retainParent(f.x,f.y,f.z,f.z-5)||this._retainChildren(f.x,f.y,f.z,f.z+2)}for(s in this._tiles)this._tiles[s].retain||this._removeTile(s)}},_removeTilesAtZoom:function(s){for(var a in this._tiles)this._tiles[a].coords.z===s&&this._removeTile(a)},_removeAllTiles:function(){for(var s in this._tiles)this._removeTile(s)},_invalidateAll:function(){for(var s in this._levels)V(this._levels[s].el),this._onRemoveLevel(Number(s)),delete this._levels[s];this._removeAllTiles(),this._tileZoom=void 0},_retainParent:function(s,a,h,f){var v=Math.floor(s/2),E=Math.floor(a/2),U=h-1,$=new Z(+v,+E);$.z=+U;var tt=this._tileCoordsToKey($),pt=this._tiles[tt];return pt&&pt.active?(pt.retain=!0,!0):(pt&&pt.loaded&&(pt.retain=!0),U>f?this._retainParent(v,E,U,f):!1)},_retainChildren:function(s,a,h,f){for(var v=2*s;v<2*s+2;v++)for(var E=2*a;E<2*a+2;E++){var U=new Z(v,E);U.z=h+1;var $=this._tileCoordsToKey(U),tt=this._tiles[$];if(tt&&tt.active){tt.retain=!0;continue}else tt&&tt.loaded&&(tt.retain=!0);h+1<f&&this._retainChildren(v,E,h+1,f)}},_resetView:function(s){var a=s&&(s.pinch||s.flyTo);this._setView(this._map.getCenter(),this._map.getZoom(),a,a)},_animateZoom:function(s){this._setView(s.center,s.zoom,!0,s.noUpdate)},_clampZoom:function(s){var a=this.options;return a.minNativeZoom!==void 0&&s<a.minNativeZoom?a.minNativeZoom:a.maxNativeZoom!==void 0&&a.maxNativeZoom<s?a.maxNativeZoom:s},_setView:function(s,a,h,f){var v=Math.round(a);this.options.maxZoom!==void 0&&v>this.options.maxZoom||this.options.minZoom!==void 0&&v<this.options.minZoom?v=void 0:v=this._clampZoom(v);var E=this.options.updateWhenZooming&&v!==this._tileZoom;(!f||E)&&(this._tileZoom=v,this._abortLoading&&this._abortLoading(),this._updateLevels(),this._resetGrid(),v!==void 0&&this._update(s),h||this._pruneTiles(),this._noPrune=!!h),this._setZoomTransforms(s,a)},_setZoomTransforms:function(s,a){for(var h in this._levels)this._setZoomTransform(this._levels[h],s,a)},_setZoomTransform:function(s,a,h){var f=this._map.getZoomScale(h,s.zoom),v=s.origin.multiplyBy(f).subtract(this._map._getNewPixelOrigin(a,h)).round();rt.any3d?de(s.el,v,f):jt(s.el,v)},_resetGrid:function(){var s=this._map,a=s.options.crs,h=this._tileSize=this.getTileSize(),f=this._tileZoom,v=this._map.getPixelWorldBounds(this._tileZoom);v&&(this._globalTileRange=this._pxBoundsToTileRange(v)),this._wrapX=a.wrapLng&&!this.options.noWrap&&[Math.floor(s.project([0,a.wrapLng[0]],f).x/h.x),Math.ceil(s.project([0,a.wrapLng[1]],f).x/h.y)],this._wrapY=a.wrapLat&&!this.options.noWrap&&[Math.floor(s.project([a.wrapLat[0],0],f).y/h.x),Math.ceil(s.project([a.wrapLat[1],0],f).y/h.y)]},_onMoveEnd:function(){!this._map||this._map._animatingZoom||this._update()},_getTiledPixelBounds:function(s){var a=this._map,h=a._animatingZoom?Math.max(a._animateToZoom,a.getZoom()):a.getZoom(),f=a.getZoomScale(h,this._tileZoom),v=a.project(s,this._tileZoom).floor(),E=a.getSize().divideBy(f*2);return new J(v.subtract(E),v.add(E))},_update:function(s){var a=this._map;if(a){var h=this._clampZoom(a.getZoom());if(s===void 0&&(s=a.getCenter()),this._tileZoom!==void 0){var f=this._getTiledPixelBounds(s),v=this._pxBoundsToTileRange(f),E=v.getCenter(),U=[],$=this.options.keepBuffer,tt=new J(v.getBottomLeft().subtract([$,-$]),v.getTopRight().add([$,-$]));if(!(isFinite(v.min.x)&&isFinite(v.min.y)&&isFinite(v.max.x)&&isFinite(v.max.y)))throw new Error("Attempted to load an infinite number of tiles");for(var pt in this._tiles){var Ot=this._tiles[pt].coords;(Ot.z!==this._tileZoom||!tt.contains(new Z(Ot.x,Ot.y)))&&(this._tiles[pt].current=!1)}if(Math.abs(h-this._tileZoom)>1){this._setView(s,h);return}for(var qt=v.min.y;qt<=v.max.y;qt++)for(var oe=v.min.x;oe<=v.max.x;oe++){var _i=new Z(oe,qt);if(_i.z=this._tileZoom,!!this._isValidTile(_i)){var Ke=this._tiles[this._tileCoordsToKey(_i)];Ke?Ke.current=!0:U.push(_i)}}if(U.sort(function(Ei,js){return Ei.distanceTo(E)-js.distanceTo(E)}),U.length!==0){this._loading||(this._loading=!0,this.fire("loading"));var $i=document.createDocumentFragment();for(oe=0;oe<U.length;oe++)this._addTile(U[oe],$i);this._level.el.appendChild($i)}}}},_isValidTile:function(s){var a=this._map.options.crs;if(!a.infinite){var h=this._globalTileRange;if(!a.wrapLng&&(s.x<h.min.x||s.x>h.max.x)||!a.wrapLat&&(s.y<h.min.y||s.y>h.max.y))return!1}if(!this.options.bounds)return!0;var f=this._tileCoordsToBounds(s);return At(this.options.bounds).overlaps(f)},_keyToBounds:function(s){return this._tileCoordsToBounds(this._keyToTileCoords(s))},_tileCoordsToNwSe:function(s){var a=this._map,h=this.getTileSize(),f=s.scaleBy(h),v=f.add(h),E=a.unproject(f,s.z),U=a.unproject(v,s.z);return[E,U]},_tileCoordsToBounds:function(s){var a=this._tileCoordsToNwSe(s),h=new dt(a[0],a[1]);return this.options.noWrap||(h=this._map.wrapLatLngBounds(h)),h},_tileCoordsToKey:function(s){return s.x+":"+s.y+":"+s.z},_keyToTileCoords:function(s){var a=s.split(":"),h=new Z(+a[0],+a[1]);return h.z=+a[2],h},_removeTile:function(s){var a=this._tiles[s];a&&(V(a.el),delete this._tiles[s],this.fire("tileunload",{tile:a.el,coords:this._keyToTileCoords(s)}))},_initTile:function(s){ft(s,"leaflet-tile");var a=this.getTileSize();s.style.width=a.x+"px",s.style.height=a.y+"px",s.onselectstart=d,s.onmousemove=d,rt.ielt9&&this.options.opacity<1&&Rt(s,this.options.opacity)},_addTile:function(s,a){var h=this._getTilePos(s),f=this._tileCoordsToKey(s),v=this.createTile(this._wrapCoords(s),r(this._tileReady,this,s));this._initTile(v),this.createTile.length<2&&X(r(this._tileReady,this,s,null,v)),jt(v,h),this._tiles[f]={el:v,coords:s,current:!0},a.appendChild(v),this.fire("tileloadstart",{tile:v,coords:s})},_tileReady:function(s,a,h){a&&this.fire("tileerror",{error:a,tile:h,coords:s});var f=this._tileCoordsToKey(s);h=this._tiles[f],h&&(h.loaded=+new Date,this._map._fadeAnimated?(Rt(h.el,0),z(this._fadeFrame),this._fadeFrame=X(this._updateOpacity,this)):(h.active=!0,this._pruneTiles()),a||(ft(h.el,"leaflet-tile-loaded"),this.fire("tileload",{tile:h.el,coords:s})),this._noTilesToLoad()&&(this._loading=!1,this.fire("load"),rt.ielt9||!this._map._fadeAnimated?X(this._pruneTiles,this):setTimeout(r(this._pruneTiles,this),250)))},_getTilePos:function(s){return s.scaleBy(this.getTileSize()).subtract(this._level.origin)},_wrapCoords:function(s){var a=new Z(this._wrapX?u(s.x,this._wrapX):s.x,this._wrapY?u(s.y,this._wrapY):s.y);return a.z=s.z,a},_pxBoundsToTileRange:function(s){var a=this.getTileSize();return new J(s.min.unscaleBy(a).floor(),s.max.unscaleBy(a).ceil().subtract([1,1]))},_noTilesToLoad:function(){for(var s in this._tiles)if(!this._tiles[s].loaded)return!1;return!0}});function e0(s){return new Jr(s)}var $s=Jr.extend({options:{minZoom:0,maxZoom:18,subdomains:"abc",errorTileUrl:"",zoomOffset:0,tms:!1,zoomReverse:!1,detectRetina:!1,crossOrigin:!1,referrerPolicy:!1},initialize:function(s,a){this._url=s,a=_(this,a),a.detectRetina&&rt.retina&&a.maxZoom>0?(a.tileSize=Math.floor(a.tileSize/2),a.zoomReverse?(a.zoomOffset--,a.minZoom=Math.min(a.maxZoom,a.minZoom+1)):(a.zoomOffset++,a.maxZoom=Math.max(a.minZoom,a.maxZoom-1)),a.minZoom=Math.max(0,a.minZoom)):a.zoomReverse?a.minZoom=Math.min(a.maxZoom,a.minZoom):a.maxZoom=Math.max(a.minZoom,a.maxZoom),typeof a.subdomains=="string"&&(a.subdomains=a.subdomains.split("")),this.on("tileunload",this._onTileRemove)},setUrl:function(s,a){return this._url===s&&a===void 0&&(a=!0),this._url=s,a||this.redraw(),this},createTile:function(s,a){var h=document.createElement("img");return Xt(h,"load",r(this._tileOnLoad,this,a,h)),Xt(h,"error",r(this._tileOnError,this,a,h)),(this.options.crossOrigin||this.options.crossOrigin==="")&&(h.crossOrigin=this.options.crossOrigin===!0?"":this.options.crossOrigin),typeof this.options.referrerPolicy=="string"&&(h.referrerPolicy=this.options.referrerPolicy),h.alt="",h.src=this.getTileUrl(s),h},getTileUrl:function(s){var a={r:rt.retina?"@2x":"",s:this._getSubdomain(s),x:s.x,y:s.y,z:this._getZoomForUrl()};if(this._map&&!this._map.options.crs.infinite){var h=this._globalTileRange.max.y-s.y;this.options.tms&&(a.y=h),a["-y"]=h}return x(this._url,e(a,this.options))},_tileOnLoad:function(s,a){rt.ielt9?setTimeout(r(s,this,null,a),0):s(null,a)},_tileOnError:function(s,a,h){var f=this.options.errorTileUrl;f&&a.getAttribute("src")!==f&&(a.src=f),s(h,a)},_onTileRemove:function(s){s.tile.onload=null},_getZoomForUrl:function(){var s=this._tileZoom,a=this.options.maxZoom,h=this.options.zoomReverse,f=this.options.zoomOffset;return h&&(s=a-s),s+f},_getSubdomain:function(s){var a=Math.abs(s.x+s.y)%this.options.subdomains.length;return this.options.subdomains[a]},_abortLoading:function(){var s,a;for(s in this._tiles)if(this._tiles[s].coords.z!==this._tileZoom&&(a=this._tiles[s].el,a.onload=d,a.onerror=d,!a.complete)){a.src=I;var h=this._tiles[s].coords;V(a),delete this._tiles[s],this.fire("tileabort",{tile:a,coords:h})}},_removeTile:function(s){var a=this._tiles[s];if(a)return a.el.setAttribute("src",I),Jr.prototype._removeTile.call(this,s)},_tileReady:function(s,a,h){if(!(!this._map||h&&h.getAttribute("src")===I))return Jr.prototype._tileReady.call(this,s,a,h)}});function Zd(s,a){return new $s(s,a)}var qd=$s.extend({defaultWmsParams:{service:"WMS",request:"GetMap",layers:"",styles:"",format:"image/jpeg",transparent:!1,version:"1.1.1"},options:{crs:null,uppercase:!1},initialize:function(s,a){this._url=s;var h=e({},this.defaultWmsParams);for(var f in a)f in this.options||(h[f]=a[f]);a=_(this,a);var v=a.detectRetina&&rt.retina?2:1,E=this.getTileSize();h.width=E.x*v,h.height=E.y*v,this.wmsParams=h},onAdd:function(s){this._crs=this.options.crs||s.options.crs,this._wmsVersion=parseFloat(this.wmsParams.version);var a=this._wmsVersion>=1.3?"crs":"srs";this.wmsParams[a]=this._crs.code,$s.prototype.onAdd.call(this,s)},getTileUrl:function(s){var a=this._tileCoordsToNwSe(s),h=this._crs,f=ct(h.project(a[0]),h.project(a[1])),v=f.min,E=f.max,U=(this._wmsVersion>=1.3&&this._crs===zd?[v.y,v.x,E.y,E.x]:[v.x,v.y,E.x,E.y]).join(","),$=$s.prototype.getTileUrl.call(this,s);return $+M(this.wmsParams,$,this.options.uppercase)+(this.options.uppercase?"&BBOX=":"&bbox=")+U},setParams:function(s,a){return e(this.wmsParams,s),a||this.redraw(),this}});function i0(s,a){return new qd(s,a)}$s.WMS=qd,Zd.wms=i0;var In=an.extend({options:{padding:.1},initialize:function(s){_(this,s),l(this),this._layers=this._layers||{}},onAdd:function(){this._container||(this._initContainer(),ft(this._container,"leaflet-zoom-animated")),this.getPane().appendChild(this._container),this._update(),this.on("update",this._updatePaths,this)},onRemove:function(){this.off("update",this._updatePaths,this),this._destroyContainer()},getEvents:function(){var s={viewreset:this._reset,zoom:this._onZoom,moveend:this._update,zoomend:this._onZoomEnd};return this._zoomAnimated&&(s.zoomanim=this._onAnimZoom),s},_onAnimZoom:function(s){this._updateTransform(s.center,s.zoom)},_onZoom:function(){this._updateTransform(this._map.getCenter(),this._map.getZoom())},_updateTransform:function(s,a){var h=this._map.getZoomScale(a,this._zoom),f=this._map.getSize().multiplyBy(.5+this.options.padding),v=this._map.project(this._center,a),E=f.multiplyBy(-h).add(v).subtract(this._map._getNewPixelOrigin(s,a));rt.any3d?de(this._container,E,h):jt(this._container,E)},_reset:function(){this._update(),this._updateTransform(this._center,this._zoom);for(var s in this._layers)this._layers[s]._reset()},_onZoomEnd:function(){for(var s in this._layers)this._layers[s]._project()},_updatePaths:function(){for(var s in this._layers)this._layers[s]._update()},_update:function(){var s=this.options.padding,a=this._map.getSize(),h=this._map.containerPointToLayerPoint(a.multiplyBy(-s)).round();this._bounds=new J(h,h.add(a.multiplyBy(1+s*2)).round()),this._center=this._map.getCenter(),this._zoom=this._map.getZoom()}}),Yd=In.extend({options:{tolerance:0},getEvents:function(){var s=In.prototype.getEvents.call(this);return s.viewprereset=this._onViewPreReset,s},_onViewPreReset:function(){this._postponeUpdatePaths=!0},onAdd:function(){In.prototype.onAdd.call(this),this._draw()},_initContainer:function(){var s=this._container=document.createElement("canvas");Xt(s,"mousemove",this._onMouseMove,this),Xt(s,"click dblclick mousedown mouseup contextmenu",this._onClick,this),Xt(s,"mouseout",this._handleMouseOut,this),s._leaflet_disable_events=!0,this._ctx=s.getContext("2d")},_destroyContainer:function(){z(this._redrawRequest),delete this._ctx,V(this._container),Te(this._container),delete this._container},_updatePaths:function(){if(!this._postponeUpdatePaths){var s;this._redrawBounds=null;for(var a in this._layers)s=this._layers[a],s._update();this._redraw()}},_update:function(){if(!(this._map._animatingZoom&&this._bounds)){In.prototype._update.call(this);var s=this._bounds,a=this._container,h=s.getSize(),f=rt.retina?2:1;jt(a,s.min),a.width=f*h.x,a.height=f*h.y,a.style.width=h.x+"px",a.style.height=h.y+"px",rt.retina&&this._ctx.scale(2,2),this._ctx.translate(-s.min.x,-s.min.y),this.fire("update")}},_reset:function(){In.prototype._reset.call(this),this._postponeUpdatePaths&&(this._postponeUpdatePaths=!1,this._updatePaths())},_initPath:function(s){this._updateDashArray(s),this._layers[l(s)]=s;var a=s._order={layer:s,prev:this._drawLast,next:null};this._drawLast&&(this._drawLast.next=a),this._drawLast=a,this._drawFirst=this._drawFirst||this._drawLast},_addPath:function(s){this._requestRedraw(s)},_removePath:function(s){var a=s._order,h=a.next,f=a.prev;h?h.prev=f:this._drawLast=f,f?f.next=h:this._drawFirst=h,delete s._order,delete this._layers[l(s)],this._requestRedraw(s)},_updatePath:function(s){this._extendRedrawBounds(s),s._project(),s._update(),this._requestRedraw(s)},_updateStyle:function(s){this._updateDashArray(s),this._requestRedraw(s)},_updateDashArray:function(s){if(typeof s.options.dashArray=="string"){var a=s.options.dashArray.split(/[, ]+/),h=[],f,v;for(v=0;v<a.length;v++){if(f=Number(a[v]),isNaN(f))return;h.push(f)}s.options._dashArray=h}else s.options._dashArray=s.options.dashArray},_requestRedraw:function(s){this._map&&(this._extendRedrawBounds(s),this._redrawRequest=this._redrawRequest||X(this._redraw,this))},_extendRedrawBounds:function(s){if(s._pxBounds){var a=(s.options.weight||0)+1;this._redrawBounds=this._redrawBounds||new J,this._redrawBounds.extend(s._pxBounds.min.subtract([a,a])),this._redrawBounds.extend(s._pxBounds.max.add([a,a]))}},_redraw:function(){this._redrawRequest=null,this._redrawBounds&&(this._redrawBounds.min._floor(),this._redrawBounds.max._ceil()),this._clear(),this._draw(),this._redrawBounds=null},_clear:function(){var s=this._redrawBounds;if(s){var a=s.getSize();this._ctx.clearRect(s.min.x,s.min.y,a.x,a.y)}else this._ctx.save(),this._ctx.setTransform(1,0,0,1,0,0),this._ctx.clearRect(0,0,this._container.width,this._container.height),this._ctx.restore()},_draw:function(){var s,a=this._redrawBounds;if(this._ctx.save(),a){var h=a.getSize();this._ctx.beginPath(),this._ctx.rect(a.min.x,a.min.y,h.x,h.y),this._ctx.clip()}this._drawing=!0;for(var f=this._drawFirst;f;f=f.next)s=f.layer,(!a||s._pxBounds&&s._pxBounds.intersects(a))&&s._updatePath();this._drawing=!1,this._ctx.restore()},_updatePoly:function(s,a){if(this._drawing){var h,f,v,E,U=s._parts,$=U.length,tt=this._ctx;if($){for(tt.beginPath(),h=0;h<$;h++){for(f=0,v=U[h].length;f<v;f++)E=U[h][f],tt[f?"lineTo":"moveTo"](E.x,E.y);a&&tt.closePath()}this._fillStroke(tt,s)}}},_updateCircle:function(s){if(!(!this._drawing||s._empty())){var a=s._point,h=this._ctx,f=Math.max(Math.round(s._radius),1),v=(Math.max(Math.round(s._radiusY),1)||f)/f;v!==1&&(h.save(),h.scale(1,v)),h.beginPath(),h.arc(a.x,a.y/v,f,0,Math.PI*2,!1),v!==1&&h.restore(),this._fillStroke(h,s)}},_fillStroke:function(s,a){var h=a.options;h.fill&&(s.globalAlpha=h.fillOpacity,s.fillStyle=h.fillColor||h.color,s.fill(h.fillRule||"evenodd")),h.stroke&&h.weight!==0&&(s.setLineDash&&s.setLineDash(a.options&&a.options._dashArray||[]),s.globalAlpha=h.opacity,s.lineWidth=h.weight,s.strokeStyle=h.color,s.lineCap=h.lineCap,s.lineJoin=h.lineJoin,s.stroke())},_onClick:function(s){for(var a=this._map.mouseEventToLayerPoint(s),h,f,v=this._drawFirst;v;v=v.next)h=v.layer,h.options.interactive&&h._containsPoint(a)&&(!(s.type==="click"||s.type==="preclick")||!this._map._draggableMoved(h))&&(f=h);this._fireEvent(f?[f]:!1,s)},_onMouseMove:function(s){if(!(!this._map||this._map.dragging.moving()||this._map._animatingZoom)){var a=this._map.mouseEventToLayerPoint(s);this._handleMouseHover(s,a)}},_handleMouseOut:function(s){var a=this._hoveredLayer;a&&(Tt(this._container,"leaflet-interactive"),this._fireEvent([a],s,"mouseout"),this._hoveredLayer=null,this._mouseHoverThrottled=!1)},_handleMouseHover:function(s,a){if(!this._mouseHoverThrottled){for(var h,f,v=this._drawFirst;v;v=v.next)h=v.layer,h.options.interactive&&h._containsPoint(a)&&(f=h);f!==this._hoveredLayer&&(this._handleMouseOut(s),f&&(ft(this._container,"leaflet-interactive"),this._fireEvent([f],s,"mouseover"),this._hoveredLayer=f)),this._fireEvent(this._hoveredLayer?[this._hoveredLayer]:!1,s),this._mouseHoverThrottled=!0,setTimeout(r(function(){this._mouseHoverThrottled=!1},this),32)}},_fireEvent:function(s,a,h){this._map._fireDOMEvent(a,h||a.type,s)},_bringToFront:function(s){var a=s._order;if(a){var h=a.next,f=a.prev;if(h)h.prev=f;else return;f?f.next=h:h&&(this._drawFirst=h),a.prev=this._drawLast,this._drawLast.next=a,a.next=null,this._drawLast=a,this._requestRedraw(s)}},_bringToBack:function(s){var a=s._order;if(a){var h=a.next,f=a.prev;if(f)f.next=h;else return;h?h.prev=f:f&&(this._drawLast=f),a.prev=null,a.next=this._drawFirst,this._drawFirst.prev=a,this._drawFirst=a,this._requestRedraw(s)}}});function $d(s){return rt.canvas?new Yd(s):null}var Qr=(function(){try{return document.namespaces.add("lvml","urn:schemas-microsoft-com:vml"),function(s){return document.createElement("<lvml:"+s+' class="lvml">')}}catch{}return function(s){return document.createElement("<"+s+' xmlns="urn:schemas-microsoft.com:vml" class="lvml">')}})(),n0={_initContainer:function(){this._container=W("div","leaflet-vml-container")},_update:function(){this._map._animatingZoom||(In.prototype._update.call(this),this.fire("update"))},_initPath:function(s){var a=s._container=Qr("shape");ft(a,"leaflet-vml-shape "+(this.options.className||"")),a.coordsize="1 1",s._path=Qr("path"),a.appendChild(s._path),this._updateStyle(s),this._layers[l(s)]=s},_addPath:function(s){var a=s._container;this._container.appendChild(a),s.options.interactive&&s.addInteractiveTarget(a)},_removePath:function(s){var a=s._container;V(a),s.removeInteractiveTarget(a),delete this._layers[l(s)]},_updateStyle:function(s){var a=s._stroke,h=s._fill,f=s.options,v=s._container;v.stroked=!!f.stroke,v.filled=!!f.fill,f.stroke?(a||(a=s._stroke=Qr("stroke")),v.appendChild(a),a.weight=f.weight+"px",a.color=f.color,a.opacity=f.opacity,f.dashArray?a.dashStyle=y(f.dashArray)?f.dashArray.join(" "):f.dashArray.replace(/( *, *)/g," "):a.dashStyle="",a.endcap=f.lineCap.replace("butt","flat"),a.joinstyle=f.lineJoin):a&&(v.removeChild(a),s._stroke=null),f.fill?(h||(h=s._fill=Qr("fill")),v.appendChild(h),h.color=f.fillColor||f.color,h.opacity=f.fillOpacity):h&&(v.removeChild(h),s._fill=null)},_updateCircle:function(s){var a=s._point.round(),h=Math.round(s._radius),f=Math.round(s._radiusY||h);this._setPath(s,s._empty()?"M0 0":"AL "+a.x+","+a.y+" "+h+","+f+" 0,"+65535*360)},_setPath:function(s,a){s._path.v=a},_bringToFront:function(s){yt(s._container)},_bringToBack:function(s){Nt(s._container)}},ra=rt.vml?Qr:_e,to=In.extend({_initContainer:function(){this._container=ra("svg"),this._container.setAttribute("pointer-events","none"),this._rootGroup=ra("g"),this._container.appendChild(this._rootGroup)},_destroyContainer:function(){V(this._container),Te(this._container),delete this._container,delete this._rootGroup,delete this._svgSize},_update:function(){if(!(this._map._animatingZoom&&this._bounds)){In.prototype._update.call(this);var s=this._bounds,a=s.getSize(),h=this._container;(!this._svgSize||!this._svgSize.equals(a))&&(this._svgSize=a,h.setAttribute("width",a.x),h.setAttribute("height",a.y)),jt(h,s.min),h.setAttribute("viewBox",[s.min.x,s.min.y,a.x,a.y].join(" ")),this.fire("update")}},_initPath:function(s){var a=s._path=ra("path");s.options.className&&ft(a,s.options.className),s.options.interactive&&ft(a,"leaflet-interactive"),this._updateStyle(s),this._layers[l(s)]=s},_addPath:function(s){this._rootGroup||this._initContainer(),this._rootGroup.appendChild(s._path),s.addInteractiveTarget(s._path)},_removePath:function(s){V(s._path),s.removeInteractiveTarget(s._path),delete this._layers[l(s)]},_updatePath:function(s){s._project(),s._update()},_updateStyle:function(s){var a=s._path,h=s.options;a&&(h.stroke?(a.setAttribute("stroke",h.color),a.setAttribute("stroke-opacity",h.opacity),a.setAttribute("stroke-width",h.weight),a.setAttribute("stroke-linecap",h.lineCap),a.setAttribute("stroke-linejoin",h.lineJoin),h.dashArray?a.setAttribute("stroke-dasharray",h.dashArray):a.removeAttribute("stroke-dasharray"),h.dashOffset?a.setAttribute("stroke-dashoffset",h.dashOffset):a.removeAttribute("stroke-dashoffset")):a.setAttribute("stroke","none"),h.fill?(a.setAttribute("fill",h.fillColor||h.color),a.setAttribute("fill-opacity",h.fillOpacity),a.setAttribute("fill-rule",h.fillRule||"evenodd")):a.setAttribute("fill","none"))},_updatePoly:function(s,a){this._setPath(s,ne(s._parts,a))},_updateCircle:function(s){var a=s._point,h=Math.max(Math.round(s._radius),1),f=Math.max(Math.round(s._radiusY),1)||h,v="a"+h+","+f+" 0 1,0 ",E=s._empty()?"M0 0":"M"+(a.x-h)+","+a.y+v+h*2+",0 "+v+-h*2+",0 ";this._setPath(s,E)},_setPath:function(s,a){s._path.setAttribute("d",a)},_bringToFront:function(s){yt(s._path)},_bringToBack:function(s){Nt(s._path)}});rt.vml&&to.include(n0);function jd(s){return rt.svg||rt.vml?new to(s):null}fe.include({getRenderer:function(s){var a=s.options.renderer||this._getPaneRenderer(s.options.pane)||this.options.renderer||this._renderer;return a||(a=this._renderer=this._createRenderer()),this.hasLayer(a)||this.addLayer(a),a},_getPaneRenderer:function(s){if(s==="overlayPane"||s===void 0)return!1;var a=this._paneRenderers[s];return a===void 0&&(a=this._createRenderer({pane:s}),this._paneRenderers[s]=a),a},_createRenderer:function(s){return this.options.preferCanvas&&$d(s)||jd(s)}});var Kd=qs.extend({initialize:function(s,a){qs.prototype.initialize.call(this,this._boundsToLatLngs(s),a)},setBounds:function(s){return this.setLatLngs(this._boundsToLatLngs(s))},_boundsToLatLngs:function(s){return s=At(s),[s.getSouthWest(),s.getNorthWest(),s.getNorthEast(),s.getSouthEast()]}});function s0(s,a){return new Kd(s,a)}to.create=ra,to.pointsToPath=ne,Ln.geometryToLayer=Jo,Ln.coordsToLatLng=dh,Ln.coordsToLatLngs=Qo,Ln.latLngToCoords=fh,Ln.latLngsToCoords=ta,Ln.getFeature=Ys,Ln.asFeature=ea,fe.mergeOptions({boxZoom:!0});var Jd=mn.extend({initialize:function(s){this._map=s,this._container=s._container,this._pane=s._panes.overlayPane,this._resetStateTimeout=0,s.on("unload",this._destroy,this)},addHooks:function(){Xt(this._container,"mousedown",this._onMouseDown,this)},removeHooks:function(){Te(this._container,"mousedown",this._onMouseDown,this)},moved:function(){return this._moved},_destroy:function(){V(this._pane),delete this._pane},_resetState:function(){this._resetStateTimeout=0,this._moved=!1},_clearDeferredResetState:function(){this._resetStateTimeout!==0&&(clearTimeout(this._resetStateTimeout),this._resetStateTimeout=0)},_onMouseDown:function(s){if(!s.shiftKey||s.which!==1&&s.button!==1)return!1;this._clearDeferredResetState(),this._resetState(),Ut(),Ge(),this._startPoint=this._map.mouseEventToContainerPoint(s),Xt(document,{contextmenu:As,mousemove:this._onMouseMove,mouseup:this._onMouseUp,keydown:this._onKeyDown},this)},_onMouseMove:function(s){this._moved||(this._moved=!0,this._box=W("div","leaflet-zoom-box",this._container),ft(this._container,"leaflet-crosshair"),this._map.fire("boxzoomstart")),this._point=this._map.mouseEventToContainerPoint(s);var a=new J(this._point,this._startPoint),h=a.getSize();jt(this._box,a.min),this._box.style.width=h.x+"px",this._box.style.height=h.y+"px"},_finish:function(){this._moved&&(V(this._box),Tt(this._container,"leaflet-crosshair")),ke(),Kn(),Te(document,{contextmenu:As,mousemove:this._onMouseMove,mouseup:this._onMouseUp,keydown:this._onKeyDown},this)},_onMouseUp:function(s){if(!(s.which!==1&&s.button!==1)&&(this._finish(),!!this._moved)){this._clearDeferredResetState(),this._resetStateTimeout=setTimeout(r(this._resetState,this),0);var a=new dt(this._map.containerPointToLatLng(this._startPoint),this._map.containerPointToLatLng(this._point));this._map.fitBounds(a).fire("boxzoomend",{boxZoomBounds:a})}},_onKeyDown:function(s){s.keyCode===27&&(this._finish(),this._clearDeferredResetState(),this._resetState())}});fe.addInitHook("addHandler","boxZoom",Jd),fe.mergeOptions({doubleClickZoom:!0});var Qd=mn.extend({addHooks:function(){this._map.on("dblclick",this._onDoubleClick,this)},removeHooks:function(){this._map.off("dblclick",this._onDoubleClick,this)},_onDoubleClick:function(s){var a=this._map,h=a.getZoom(),f=a.options.zoomDelta,v=s.originalEvent.shiftKey?h-f:h+f;a.options.doubleClickZoom==="center"?a.setZoom(v):a.setZoomAround(s.containerPoint,v)}});fe.addInitHook("addHandler","doubleClickZoom",Qd),fe.mergeOptions({dragging:!0,inertia:!0,inertiaDeceleration:3400,inertiaMaxSpeed:1/0,easeLinearity:.2,worldCopyJump:!1,maxBoundsViscosity:0});var tf=mn.extend({addHooks:function(){if(!this._draggable){var s=this._map;this._draggable=new Jn(s._mapPane,s._container),this._draggable.on({dragstart:this._onDragStart,drag:this._onDrag,dragend:this._onDragEnd},this),this._draggable.on("predrag",this._onPreDragLimit,this),s.options.worldCopyJump&&(this._draggable.on("predrag",this._onPreDragWrap,this),s.on("zoomend",this._onZoomEnd,this),s.whenReady(this._onZoomEnd,this))}ft(this._map._container,"leaflet-grab leaflet-touch-drag"),this._draggable.enable(),this._positions=[],this._times=[]},removeHooks:function(){Tt(this._map._container,"leaflet-grab"),Tt(this._map._container,"leaflet-touch-drag"),this._draggable.disable()},moved:function(){return this._draggable&&this._draggable._moved},moving:function(){return this._draggable&&this._draggable._moving},_onDragStart:function(){var s=this._map;if(s._stop(),this._map.options.maxBounds&&this._map.options.maxBoundsViscosity){var a=At(this._map.options.maxBounds);this._offsetLimit=ct(this._map.latLngToContainerPoint(a.getNorthWest()).multiplyBy(-1),this._map.latLngToContainerPoint(a.getSouthEast()).multiplyBy(-1).add(this._map.getSize())),this._viscosity=Math.min(1,Math.max(0,this._map.options.maxBoundsViscosity))}else this._offsetLimit=null;s.fire("movestart").fire("dragstart"),s.options.inertia&&(this._positions=[],this._times=[])},_onDrag:function(s){if(this._map.options.inertia){var a=this._lastTime=+new Date,h=this._lastPos=this._draggable._absPos||this._draggable._newPos;this._positions.push(h),this._times.push(a),this._prunePositions(a)}this._map.fire("move",s).fire("drag",s)},_prunePositions:function(s){for(;this._positions.length>1&&s-this._times[0]>50;)this._positions.shift(),this._times.shift()},_onZoomEnd:function(){var s=this._map.getSize().divideBy(2),a=this._map.latLngToLayerPoint([0,0]);this._initialWorldOffset=a.subtract(s).x,this._worldWidth=this._map.getPixelWorldBounds().getSize().x},_viscousLimit:function(s,a){return s-(s-a)*this._viscosity},_onPreDragLimit:function(){if(!(!this._viscosity||!this._offsetLimit)){var s=this._draggable._newPos.subtract(this._draggable._startPos),a=this._offsetLimit;s.x<a.min.x&&(s.x=this._viscousLimit(s.x,a.min.x)),s.y<a.min.y&&(s.y=this._viscousLimit(s.y,a.min.y)),s.x>a.max.x&&(s.x=this._viscousLimit(s.x,a.max.x)),s.y>a.max.y&&(s.y=this._viscousLimit(s.y,a.max.y)),this._draggable._newPos=this._draggable._startPos.add(s)}},_onPreDragWrap:function(){var s=this._worldWidth,a=Math.round(s/2),h=this._initialWorldOffset,f=this._draggable._newPos.x,v=(f-a+h)%s+a-h,E=(f+a+h)%s-a-h,U=Math.abs(v+h)<Math.abs(E+h)?v:E;this._draggable._absPos=this._draggable._newPos.clone(),this._draggable._newPos.x=U},_onDragEnd:function(s){var a=this._map,h=a.options,f=!h.inertia||s.noInertia||this._times.length<2;if(a.fire("dragend",s),f)a.fire("moveend");else{this._prunePositions(+new Date);var v=this._lastPos.subtract(this._positions[0]),E=(this._lastTime-this._times[0])/1e3,U=h.easeLinearity,$=v.multiplyBy(U/E),tt=$.distanceTo([0,0]),pt=Math.min(h.inertiaMaxSpeed,tt),Ot=$.multiplyBy(pt/tt),qt=pt/(h.inertiaDeceleration*U),oe=Ot.multiplyBy(-qt/2).round();!oe.x&&!oe.y?a.fire("moveend"):(oe=a._limitOffset(oe,a.options.maxBounds),X(function(){a.panBy(oe,{duration:qt,easeLinearity:U,noMoveStart:!0,animate:!0})}))}}});fe.addInitHook("addHandler","dragging",tf),fe.mergeOptions({keyboard:!0,keyboardPanDelta:80});var ef=mn.extend({keyCodes:{left:[37],right:[39],down:[40],up:[38],zoomIn:[187,107,61,171],zoomOut:[189,109,54,173]},initialize:function(s){this._map=s,this._setPanDelta(s.options.keyboardPanDelta),this._setZoomDelta(s.options.zoomDelta)},addHooks:function(){var s=this._map._container;s.tabIndex<=0&&(s.tabIndex="0"),Xt(s,{focus:this._onFocus,blur:this._onBlur,mousedown:this._onMouseDown},this),this._map.on({focus:this._addHooks,blur:this._removeHooks},this)},removeHooks:function(){this._removeHooks(),Te(this._map._container,{focus:this._onFocus,blur:this._onBlur,mousedown:this._onMouseDown},this),this._map.off({focus:this._addHooks,blur:this._removeHooks},this)},_onMouseDown:function(){if(!this._focused){var s=document.body,a=document.documentElement,h=s.scrollTop||a.scrollTop,f=s.scrollLeft||a.scrollLeft;this._map._container.focus(),window.scrollTo(f,h)}},_onFocus:function(){this._focused=!0,this._map.fire("focus")},_onBlur:function(){this._focused=!1,this._map.fire("blur")},_setPanDelta:function(s){var a=this._panKeys={},h=this.keyCodes,f,v;for(f=0,v=h.left.length;f<v;f++)a[h.left[f]]=[-1*s,0];for(f=0,v=h.right.length;f<v;f++)a[h.right[f]]=[s,0];for(f=0,v=h.down.length;f<v;f++)a[h.down[f]]=[0,s];for(f=0,v=h.up.length;f<v;f++)a[h.up[f]]=[0,-1*s]},_setZoomDelta:function(s){var a=this._zoomKeys={},h=this.keyCodes,f,v;for(f=0,v=h.zoomIn.length;f<v;f++)a[h.zoomIn[f]]=s;for(f=0,v=h.zoomOut.length;f<v;f++)a[h.zoomOut[f]]=-s},_addHooks:function(){Xt(document,"keydown",this._onKeyDown,this)},_removeHooks:function(){Te(document,"keydown",this._onKeyDown,this)},_onKeyDown:function(s){if(!(s.altKey||s.ctrlKey||s.metaKey)){var a=s.keyCode,h=this._map,f;if(a in this._panKeys){if(!h._panAnim||!h._panAnim._inProgress)if(f=this._panKeys[a],s.shiftKey&&(f=nt(f).multiplyBy(3)),h.options.maxBounds&&(f=h._limitOffset(nt(f),h.options.maxBounds)),h.options.worldCopyJump){var v=h.wrapLatLng(h.unproject(h.project(h.getCenter()).add(f)));h.panTo(v)}else h.panBy(f)}else if(a in this._zoomKeys)h.setZoom(h.getZoom()+(s.shiftKey?3:1)*this._zoomKeys[a]);else if(a===27&&h._popup&&h._popup.options.closeOnEscapeKey)h.closePopup();else return;As(s)}}});fe.addInitHook("addHandler","keyboard",ef),fe.mergeOptions({scrollWheelZoom:!0,wheelDebounceTime:40,wheelPxPerZoomLevel:60});var nf=mn.extend({addHooks:function(){Xt(this._map._container,"wheel",this._onWheelScroll,this),this._delta=0},removeHooks:function(){Te(this._map._container,"wheel",this._onWheelScroll,this)},_onWheelScroll:function(s){var a=Td(s),h=this._map.options.wheelDebounceTime;this._delta+=a,this._lastMousePos=this._map.mouseEventToContainerPoint(s),this._startTime||(this._startTime=+new Date);var f=Math.max(h-(+new Date-this._startTime),0);clearTimeout(this._timer),this._timer=setTimeout(r(this._performZoom,this),f),As(s)},_performZoom:function(){var s=this._map,a=s.getZoom(),h=this._map.options.zoomSnap||0;s._stop();var f=this._delta/(this._map.options.wheelPxPerZoomLevel*4),v=4*Math.log(2/(1+Math.exp(-Math.abs(f))))/Math.LN2,E=h?Math.ceil(v/h)*h:v,U=s._limitZoom(a+(this._delta>0?E:-E))-a;this._delta=0,this._startTime=null,U&&(s.options.scrollWheelZoom==="center"?s.setZoom(a+U):s.setZoomAround(this._lastMousePos,a+U))}});fe.addInitHook("addHandler","scrollWheelZoom",nf);var r0=600;fe.mergeOptions({tapHold:rt.touchNative&&rt.safari&&rt.mobile,tapTolerance:15});var sf=mn.extend({addHooks:function(){Xt(this._map._container,"touchstart",this._onDown,this)},removeHooks:function(){Te(this._map._container,"touchstart",this._onDown,this)},_onDown:function(s){if(clearTimeout(this._holdTimeout),s.touches.length===1){var a=s.touches[0];this._startPos=this._newPos=new Z(a.clientX,a.clientY),this._holdTimeout=setTimeout(r(function(){this._cancel(),this._isTapValid()&&(Xt(document,"touchend",ei),Xt(document,"touchend touchcancel",this._cancelClickPrevent),this._simulateEvent("contextmenu",a))},this),r0),Xt(document,"touchend touchcancel contextmenu",this._cancel,this),Xt(document,"touchmove",this._onMove,this)}},_cancelClickPrevent:function s(){Te(document,"touchend",ei),Te(document,"touchend touchcancel",s)},_cancel:function(){clearTimeout(this._holdTimeout),Te(document,"touchend touchcancel contextmenu",this._cancel,this),Te(document,"touchmove",this._onMove,this)},_onMove:function(s){var a=s.touches[0];this._newPos=new Z(a.clientX,a.clientY)},_isTapValid:function(){return this._newPos.distanceTo(this._startPos)<=this._map.options.tapTolerance},_simulateEvent:function(s,a){var h=new MouseEvent(s,{bubbles:!0,cancelable:!0,view:window,screenX:a.screenX,screenY:a.screenY,clientX:a.clientX,clientY:a.clientY});h._simulated=!0,a.target.dispatchEvent(h)}});fe.addInitHook("addHandler","tapHold",sf),fe.mergeOptions({touchZoom:rt.touch,bounceAtZoomLimits:!0});var rf=mn.extend({addHooks:function(){ft(this._map._container,"leaflet-touch-zoom"),Xt(this._map._container,"touchstart",this._onTouchStart,this)},removeHooks:function(){Tt(this._map._container,"leaflet-touch-zoom"),Te(this._map._container,"touchstart",this._onTouchStart,this)},_onTouchStart:function(s){var a=this._map;if(!(!s.touches||s.touches.length!==2||a._animatingZoom||this._zooming)){var h=a.mouseEventToContainerPoint(s.touches[0]),f=a.mouseEventToContainerPoint(s.touches[1]);this._centerPoint=a.getSize()._divideBy(2),this._startLatLng=a.containerPointToLatLng(this._centerPoint),a.options.touchZoom!=="center"&&(this._pinchStartLatLng=a.containerPointToLatLng(h.add(f)._divideBy(2))),this._startDist=h.distanceTo(f),this._startZoom=a.getZoom(),this._moved=!1,this._zooming=!0,a._stop(),Xt(document,"touchmove",this._onTouchMove,this),Xt(document,"touchend touchcancel",this._onTouchEnd,this),ei(s)}},_onTouchMove:function(s){if(!(!s.touches||s.touches.length!==2||!this._zooming)){var a=this._map,h=a.mouseEventToContainerPoint(s.touches[0]),f=a.mouseEventToContainerPoint(s.touches[1]),v=h.distanceTo(f)/this._startDist;if(this._zoom=a.getScaleZoom(v,this._startZoom),!a.options.bounceAtZoomLimits&&(this._zoom<a.getMinZoom()&&v<1||this._zoom>a.getMaxZoom()&&v>1)&&(this._zoom=a._limitZoom(this._zoom)),a.options.touchZoom==="center"){if(this._center=this._startLatLng,v===1)return}else{var E=h._add(f)._divideBy(2)._subtract(this._centerPoint);if(v===1&&E.x===0&&E.y===0)return;this._center=a.unproject(a.project(this._pinchStartLatLng,this._zoom).subtract(E),this._zoom)}this._moved||(a._moveStart(!0,!1),this._moved=!0),z(this._animRequest);var U=r(a._move,a,this._center,this._zoom,{pinch:!0,round:!1},void 0);this._animRequest=X(U,this,!0),ei(s)}},_onTouchEnd:function(){if(!this._moved||!this._zooming){this._zooming=!1;return}this._zooming=!1,z(this._animRequest),Te(document,"touchmove",this._onTouchMove,this),Te(document,"touchend touchcancel",this._onTouchEnd,this),this._map.options.zoomAnimation?this._map._animateZoom(this._center,this._map._limitZoom(this._zoom),!0,this._map.options.zoomSnap):this._map._resetView(this._center,this._map._limitZoom(this._zoom))}});fe.addInitHook("addHandler","touchZoom",rf),fe.BoxZoom=Jd,fe.DoubleClickZoom=Qd,fe.Drag=tf,fe.Keyboard=ef,fe.ScrollWheelZoom=nf,fe.TapHold=sf,fe.TouchZoom=rf,n.Bounds=J,n.Browser=rt,n.CRS=wt,n.Canvas=Yd,n.Circle=uh,n.CircleMarker=Ko,n.Class=K,n.Control=on,n.DivIcon=Xd,n.DivOverlay=gn,n.DomEvent=S_,n.DomUtil=We,n.Draggable=Jn,n.Evented=it,n.FeatureGroup=Cn,n.GeoJSON=Ln,n.GridLayer=Jr,n.Handler=mn,n.Icon=Zs,n.ImageOverlay=ia,n.LatLng=It,n.LatLngBounds=dt,n.Layer=an,n.LayerGroup=Xs,n.LineUtil=U_,n.Map=fe,n.Marker=jo,n.Mixin=R_,n.Path=Qn,n.Point=Z,n.PolyUtil=L_,n.Polygon=qs,n.Polyline=Rn,n.Popup=na,n.PosAnimation=Ad,n.Projection=F_,n.Rectangle=Kd,n.Renderer=In,n.SVG=to,n.SVGOverlay=Wd,n.TileLayer=$s,n.Tooltip=sa,n.Transformation=Qt,n.Util=G,n.VideoOverlay=Gd,n.bind=r,n.bounds=ct,n.canvas=$d,n.circle=X_,n.circleMarker=W_,n.control=$r,n.divIcon=t0,n.extend=e,n.featureGroup=H_,n.geoJSON=Vd,n.geoJson=Y_,n.gridLayer=e0,n.icon=V_,n.imageOverlay=$_,n.latLng=j,n.latLngBounds=At,n.layerGroup=k_,n.map=w_,n.marker=G_,n.point=nt,n.polygon=q_,n.polyline=Z_,n.popup=J_,n.rectangle=s0,n.setOptions=_,n.stamp=l,n.svg=jd,n.svgOverlay=K_,n.tileLayer=Zd,n.tooltip=Q_,n.transformation=Se,n.version=t,n.videoOverlay=j_;var o0=window.L;n.noConflict=function(){return window.L=o0,this},window.L=n}))});var eg=xe(tg=>{"use strict";Object.defineProperty(tg,"__esModule",{value:!0})});var ig=xe(bc=>{"use strict";Object.defineProperty(bc,"__esModule",{value:!0});bc.Hierarchy=void 0;bc.Hierarchy={parse:VS};function VS(n){return Object.entries(n).reduce((t,[e,i])=>(i===-1?t.pages[e]={}:i&&(t.nodes[e]={pointCount:i}),t),{nodes:{},pages:{}})}});var sg=xe(gs=>{"use strict";var GS=gs&&gs.__createBinding||(Object.create?(function(n,t,e,i){i===void 0&&(i=e);var r=Object.getOwnPropertyDescriptor(t,e);(!r||("get"in r?!t.__esModule:r.writable||r.configurable))&&(r={enumerable:!0,get:function(){return t[e]}}),Object.defineProperty(n,i,r)}):(function(n,t,e,i){i===void 0&&(i=e),n[i]=t[e]})),ng=gs&&gs.__exportStar||function(n,t){for(var e in n)e!=="default"&&!Object.prototype.hasOwnProperty.call(t,e)&&GS(t,n,e)};Object.defineProperty(gs,"__esModule",{value:!0});ng(eg(),gs);ng(ig(),gs)});var Sc=xe(Br=>{"use strict";Object.defineProperty(Br,"__esModule",{value:!0});Br.hierarchyItemLength=Br.infoLength=void 0;Br.infoLength=160;Br.hierarchyItemLength=32});var wc=xe(_s=>{"use strict";Object.defineProperty(_s,"__esModule",{value:!0});_s.evlrHeaderLength=_s.vlrHeaderLength=_s.minHeaderLength=void 0;_s.minHeaderLength=375;_s.vlrHeaderLength=54;_s.evlrHeaderLength=60});var rg=xe(zr=>{"use strict";Object.defineProperty(zr,"__esModule",{value:!0});zr.getBigUint64=zr.parseBigInt=void 0;function WS(n){if(n>BigInt(Number.MAX_SAFE_INTEGER)||n<BigInt(-Number.MAX_SAFE_INTEGER))throw new Error(`Cannot convert bigint to number: ${n}`);return Number(n)}zr.parseBigInt=WS;function XS(n,t,e){if(n.getBigUint64)return n.getBigUint64(t,e);let[i,r]=e?[4,0]:[0,4],o=BigInt(n.getUint32(t+i,e)),l=BigInt(n.getUint32(t+r,e));return(o<<BigInt(32))+l}zr.getBigUint64=XS});var ag=xe(vs=>{"use strict";Object.defineProperty(vs,"__esModule",{value:!0});vs.toCString=vs.toDataView=vs.Binary=void 0;vs.Binary={toDataView:nd,toCString:og};function nd(n){return new DataView(n.buffer,n.byteOffset,n.length)}vs.toDataView=nd;function og(n){let t=nd(n),e="";for(let i=0;i<t.byteLength;++i){let r=t.getInt8(i);if(r===0)return e;e+=String.fromCharCode(r)}return e}vs.toCString=og});var dg=xe(Ec=>{"use strict";Object.defineProperty(Ec,"__esModule",{value:!0});Ec.Bounds=void 0;Ec.Bounds={min:ZS,max:qS,mid:sd,width:lg,depth:cg,height:hg,cube:YS,step:ug,stepTo:$S,intersection:jS};function ZS(n){return[n[0],n[1],n[2]]}function qS(n){return[n[3],n[4],n[5]]}function sd([n,t,e,i,r,o]){return[n+(i-n)/2,t+(r-t)/2,e+(o-e)/2]}function lg(n){return n[3]-n[0]}function cg(n){return n[4]-n[1]}function hg(n){return n[5]-n[2]}function YS(n){let t=sd(n),e=Math.max(lg(n),cg(n),hg(n))/2;return[t[0]-e,t[1]-e,t[2]-e,t[0]+e,t[1]+e,t[2]+e]}function ug(n,[t,e,i]){let[r,o,l,c,u,d]=n,[p,m,g]=sd(n);return[t?p:r,e?m:o,i?g:l,t?c:p,e?u:m,i?d:g]}function $S(n,[t,e,i,r]){for(let o=t-1;o>=0;--o)n=ug(n,[e>>o&1,i>>o&1,r>>o&1]);return n}function jS(n,t){return[Math.max(n[0],t[0]),Math.max(n[1],t[1]),Math.max(n[2],t[2]),Math.min(n[3],t[3]),Math.min(n[4],t[4]),Math.min(n[5],t[5])]}});var fg=xe(Tc=>{"use strict";Object.defineProperty(Tc,"__esModule",{value:!0});Tc.Dimension=void 0;var KS={int8:{type:"signed",size:1},int16:{type:"signed",size:2},int32:{type:"signed",size:4},int64:{type:"signed",size:8},uint8:{type:"unsigned",size:1},uint16:{type:"unsigned",size:2},uint32:{type:"unsigned",size:4},uint64:{type:"unsigned",size:8},float32:{type:"float",size:4},float64:{type:"float",size:8},float:{type:"float",size:4},double:{type:"float",size:8},bool:{type:"unsigned",size:1},boolean:{type:"unsigned",size:1}};Tc.Dimension={Type:KS,ctype:JS};function JS({type:n,size:t}){switch(n){case"signed":switch(t){case 1:return"int8";case 2:return"int16";case 4:return"int32";case 8:return"int64"}case"unsigned":switch(t){case 1:return"uint8";case 2:return"uint16";case 4:return"uint32";case 8:return"uint64"}case"float":switch(t){case 4:return"float";case 8:return"double"}}throw new Error(`Invalid dimension type/size: ${n}/${t}`)}});var mg={};hf(mg,{default:()=>pg});function pg(){throw new Error("the page fetches by itself")}var gg=cf(()=>{});var yg=xe(tn=>{"use strict";var QS=tn&&tn.__createBinding||(Object.create?(function(n,t,e,i){i===void 0&&(i=e);var r=Object.getOwnPropertyDescriptor(t,e);(!r||("get"in r?!t.__esModule:r.writable||r.configurable))&&(r={enumerable:!0,get:function(){return t[e]}}),Object.defineProperty(n,i,r)}):(function(n,t,e,i){i===void 0&&(i=e),n[i]=t[e]})),tw=tn&&tn.__setModuleDefault||(Object.create?(function(n,t){Object.defineProperty(n,"default",{enumerable:!0,value:t})}):function(n,t){n.default=t}),ew=tn&&tn.__importStar||function(n){if(n&&n.__esModule)return n;var t={};if(n!=null)for(var e in n)e!=="default"&&Object.prototype.hasOwnProperty.call(n,e)&&QS(t,n,e);return tw(t,n),t},iw=tn&&tn.__importDefault||function(n){return n&&n.__esModule?n:{default:n}};Object.defineProperty(tn,"__esModule",{value:!0});tn.Getter=void 0;var nw=iw((gg(),ff(mg)));tn.Getter={create:sw,http:_g,file:vg};function sw(n){return typeof n=="function"?n:n.startsWith("http://")||n.startsWith("https://")?_g(n):vg(n)}function _g(n){return async function(e,i){if(e<0||i<0||e>i)throw new Error("Invalid range");let o=await(await(0,nw.default)(n,{headers:{Range:`bytes=${e}-${i-1}`}})).arrayBuffer();return new Uint8Array(o)}}function vg(n){return async function(e,i){let r=await Promise.resolve().then(()=>ew(x0("fs")));async function o(l=0,c=1/0){if(l<0||c<0||l>c)throw new Error("Invalid range");await r.promises.access(n);let u=r.createReadStream(n,{start:l,end:c-1,autoClose:!0});return rw(u)}return o(e,i)}}async function rw(n){return await new Promise((t,e)=>{let i=[];n.on("data",r=>i.push(r)),n.on("error",e),n.on("end",()=>t(Buffer.concat(i)))})}});var Mg=xe(kr=>{"use strict";Object.defineProperty(kr,"__esModule",{value:!0});kr.Key=void 0;kr.Key={create:ow,parse:xg,toString:aw,step:lw,up:cw,compare:hw,depth:uw};function ow(n,t=0,e=0,i=0){return typeof n!="number"?xg(n):[n,t,e,i]}function xg(n){if(typeof n!="string")return n;let[t,e,i,r,...o]=n.split("-").map(c=>parseInt(c,10)),l=[t,e,i,r];if(o.length!==0||l.some(c=>typeof c!="number"||Number.isNaN(c)))throw new Error(`Invalid key: ${n}`);return l}function aw(n){return typeof n=="string"?n:n.join("-")}function lw(n,[t,e,i]){let[r,o,l,c]=kr.Key.create(n);return[r+1,o*2+t,l*2+e,c*2+i]}function cw(n,t=1){let[e,i,r,o]=kr.Key.create(n);return[e-t,i>>t,r>>t,o>>t]}function hw(n,t){for(let e=0;e<n.length;++e){if(n[e]<t[e])return-1;if(n[e]>t[e])return 1}return 0}function uw(n){return n[0]}});var bg=xe(Ac=>{"use strict";Object.defineProperty(Ac,"__esModule",{value:!0});Ac.Scale=void 0;Ac.Scale={apply:(n,t=1,e=0)=>(n-e)/t,unapply:(n,t=1,e=0)=>n*t+e}});var Sg=xe(Pc=>{"use strict";Object.defineProperty(Pc,"__esModule",{value:!0});Pc.Step=void 0;Pc.Step={fromIndex:dw,list:fw};function dw(n){if(n<0||n>=8)throw new Error(`Invalid step index: ${n}`);let t=n>>0&1?1:0,e=n>>1&1?1:0,i=n>>2&1?1:0;return[t,e,i]}function fw(){return[[0,0,0],[0,0,1],[0,1,0],[0,1,1],[1,0,0],[1,0,1],[1,1,0],[1,1,1]]}});var en=xe(Ve=>{"use strict";var pw=Ve&&Ve.__createBinding||(Object.create?(function(n,t,e,i){i===void 0&&(i=e);var r=Object.getOwnPropertyDescriptor(t,e);(!r||("get"in r?!t.__esModule:r.writable||r.configurable))&&(r={enumerable:!0,get:function(){return t[e]}}),Object.defineProperty(n,i,r)}):(function(n,t,e,i){i===void 0&&(i=e),n[i]=t[e]})),mw=Ve&&Ve.__exportStar||function(n,t){for(var e in n)e!=="default"&&!Object.prototype.hasOwnProperty.call(t,e)&&pw(t,n,e)};Object.defineProperty(Ve,"__esModule",{value:!0});Ve.Step=Ve.Scale=Ve.Key=Ve.Getter=Ve.Dimension=Ve.Bounds=Ve.Binary=void 0;mw(rg(),Ve);var gw=ag();Object.defineProperty(Ve,"Binary",{enumerable:!0,get:function(){return gw.Binary}});var _w=dg();Object.defineProperty(Ve,"Bounds",{enumerable:!0,get:function(){return _w.Bounds}});var vw=fg();Object.defineProperty(Ve,"Dimension",{enumerable:!0,get:function(){return vw.Dimension}});var yw=yg();Object.defineProperty(Ve,"Getter",{enumerable:!0,get:function(){return yw.Getter}});var xw=Mg();Object.defineProperty(Ve,"Key",{enumerable:!0,get:function(){return xw.Key}});var Mw=bg();Object.defineProperty(Ve,"Scale",{enumerable:!0,get:function(){return Mw.Scale}});var bw=Sg();Object.defineProperty(Ve,"Step",{enumerable:!0,get:function(){return bw.Step}})});var rd=xe(Rc=>{"use strict";Object.defineProperty(Rc,"__esModule",{value:!0});Rc.ExtraBytes=void 0;var di=en();Rc.ExtraBytes={getDimension:Sw,parse:ww,parseOne:wg};var Cc=192;function Sw({type:n,length:t}){switch(n){case"signed":case"unsigned":switch(t){case 1:case 2:case 4:case 8:return{type:n,size:t}}case"float":switch(t){case 4:case 8:return{type:n,size:t}}}}function ww(n){if(n.byteLength%Cc!==0)throw new Error(`Invalid extra bytes VLR length: ${n.byteLength}`);let t=[];for(let e=0;e<n.byteLength;e+=Cc)t.push(wg(n.slice(e,e+Cc)));return t}function wg(n){if(n.byteLength!==Cc)throw new Error(`Invalid extra bytes entry length: ${n.byteLength}`);let t=di.Binary.toDataView(n),e=di.Binary.toCString(n.slice(4,36)),i=di.Binary.toCString(n.slice(60,192)),r=t.getUint8(2),o=t.getUint8(3);if(r>=11)throw new Error(`Invalid extra bytes "type" value: ${r}`);if(r===0)return{name:e,description:i,length:o};let l=Tw(o),c=Ew(r);if(!c)throw new Error(`Failed to extract dimension type: ${r}`);let{type:u,size:d}=c;function p(g){switch(u){case"signed":return(0,di.parseBigInt)(t.getBigInt64(g,!0));case"unsigned":return(0,di.parseBigInt)((0,di.getBigUint64)(t,g,!0));case"float":return t.getFloat64(g,!0)}}let m={name:e,description:i,type:u,length:d};return l.hasNodata&&(m.nodata=p(40)),l.hasMin&&(m.min=p(64)),l.hasMax&&(m.max=p(88)),l.hasScale&&(m.scale=t.getFloat64(112)),l.hasOffset&&(m.offset=t.getFloat64(136)),m}function Ew(n){switch(n){case 1:return di.Dimension.Type.uint8;case 2:return di.Dimension.Type.int8;case 3:return di.Dimension.Type.uint16;case 4:return di.Dimension.Type.int16;case 5:return di.Dimension.Type.uint32;case 6:return di.Dimension.Type.int32;case 7:return di.Dimension.Type.uint64;case 8:return di.Dimension.Type.int64;case 9:return di.Dimension.Type.float32;case 10:return di.Dimension.Type.float64}}function Tw(n){return{hasNodata:!!(n&1),hasMin:!!(n>>1&1),hasMax:!!(n>>2&1),hasScale:!!(n>>3&1),hasOffset:!!(n>>4&1)}}});var od=xe(Lc=>{"use strict";Object.defineProperty(Lc,"__esModule",{value:!0});Lc.Dimensions=void 0;var Aw=en(),Pw=rd();Lc.Dimensions={create:Rw};var{Type:Ue}=Aw.Dimension,Cw={X:Ue.float64,Y:Ue.float64,Z:Ue.float64,Intensity:Ue.uint16,ReturnNumber:Ue.uint8,NumberOfReturns:Ue.uint8,ScanDirectionFlag:Ue.boolean,EdgeOfFlightLine:Ue.boolean,Classification:Ue.uint8,Synthetic:Ue.boolean,KeyPoint:Ue.boolean,Withheld:Ue.boolean,Overlap:Ue.boolean,ScanAngle:Ue.float32,UserData:Ue.uint8,PointSourceId:Ue.uint16,GpsTime:Ue.float64,Red:Ue.uint16,Green:Ue.uint16,Blue:Ue.uint16,ScannerChannel:Ue.uint8,Infrared:Ue.uint16};function Rw(n,t=[]){return Object.keys(n).reduce((e,i)=>{let r=Cw[i];if(r)return{...e,[i]:r};let o=t.find(c=>c.name===i),l=o&&Pw.ExtraBytes.getDimension(o);if(l)return{...e,[i]:l};throw new Error(`Failed to look up LAS type: ${i}`)},{})}});var ad=xe(Dc=>{"use strict";Object.defineProperty(Dc,"__esModule",{value:!0});Dc.Extractor=void 0;var wn=en();Dc.Extractor={create:Nw};function Lw(n){switch(n){case 0:return 20;case 1:return 28;case 2:return 26;case 3:return 34;case 6:return 30;case 7:return 36;case 8:return 38;default:throw new Error(`Unsupported point data record format: ${n}`)}}function Iw(n,t,{type:e,length:i}){let r=ys(n);switch(e){case"signed":switch(i){case 1:return(o,l)=>o.getInt8(r(l)+t);case 2:return(o,l)=>o.getInt16(r(l)+t,!0);case 4:return(o,l)=>o.getInt32(r(l)+t,!0);case 8:return(o,l)=>(0,wn.parseBigInt)(o.getBigInt64(r(l)+t,!0))}case"unsigned":switch(i){case 1:return(o,l)=>o.getUint8(r(l)+t);case 2:return(o,l)=>o.getUint16(r(l)+t,!0);case 4:return(o,l)=>o.getUint32(r(l)+t,!0);case 8:return(o,l)=>(0,wn.parseBigInt)((0,wn.getBigUint64)(o,r(l)+t,!0))}case"float":switch(i){case 4:return(o,l)=>o.getFloat32(r(l)+t,!0);case 8:return(o,l)=>o.getFloat64(r(l)+t,!0)}}}function Dw(n,t){let i=Lw(n.pointDataRecordFormat);return t.reduce((r,o)=>{let l=i;i+=o.length;let c=Iw(n,l,o);if(!c)return r;let u=(d,p)=>wn.Scale.unapply(c(d,p),o.scale,o.offset);return{...r,[o.name]:u}},{})}function Nw(n,t=[]){let e=Dw(n,t);return{...(()=>{let{pointDataRecordFormat:r}=n;switch(r){case 0:return Ic(n);case 1:return Ow(n);case 2:return Uw(n);case 3:return Fw(n);case 6:return Eg(n);case 7:return Tg(n);case 8:return Bw(n);default:throw new Error(`Unsupported point data record format: ${r}`)}})(),...e}}function Ic(n){let{scale:t,offset:e}=n,i=ys(n);function r(c,u){return c.getUint8(i(u)+14)}function o(c,u){return c.getUint8(i(u)+15)}function l(c,u){return o(c,u)&31}return{X:(c,u)=>wn.Scale.unapply(c.getInt32(i(u),!0),t[0],e[0]),Y:(c,u)=>wn.Scale.unapply(c.getInt32(i(u)+4,!0),t[1],e[1]),Z:(c,u)=>wn.Scale.unapply(c.getInt32(i(u)+8,!0),t[2],e[2]),Intensity:(c,u)=>c.getUint16(i(u)+12,!0),ReturnNumber:(c,u)=>r(c,u)&7,NumberOfReturns:(c,u)=>(r(c,u)&56)>>3,ScanDirectionFlag:(c,u)=>(r(c,u)&64)>>6,EdgeOfFlightLine:(c,u)=>(r(c,u)&128)>>7,Classification:(c,u)=>{let d=l(c,u);return d===12?0:d},Synthetic:(c,u)=>(o(c,u)&32)>>5,KeyPoint:(c,u)=>(o(c,u)&64)>>6,Withheld:(c,u)=>(o(c,u)&128)>>7,Overlap:(c,u)=>l(c,u)===12?1:0,ScanAngle:(c,u)=>c.getInt8(i(u)+16),UserData:(c,u)=>c.getUint8(i(u)+17),PointSourceId:(c,u)=>c.getUint16(i(u)+18,!0)}}function Ow(n){let t=ys(n);return{...Ic(n),GpsTime:(e,i)=>e.getFloat64(t(i)+20,!0)}}function Uw(n){let t=ys(n);return{...Ic(n),Red:(e,i)=>e.getUint16(t(i)+20,!0),Green:(e,i)=>e.getUint16(t(i)+22,!0),Blue:(e,i)=>e.getUint16(t(i)+24,!0)}}function Fw(n){let t=ys(n);return{...Ic(n),GpsTime:(e,i)=>e.getFloat64(t(i)+20,!0),Red:(e,i)=>e.getUint16(t(i)+28,!0),Green:(e,i)=>e.getUint16(t(i)+30,!0),Blue:(e,i)=>e.getUint16(t(i)+32,!0)}}function Eg(n){let{scale:t,offset:e}=n,i=ys(n);function r(o,l){return o.getUint8(i(l)+15)}return{X:(o,l)=>wn.Scale.unapply(o.getInt32(i(l),!0),t[0],e[0]),Y:(o,l)=>wn.Scale.unapply(o.getInt32(i(l)+4,!0),t[1],e[1]),Z:(o,l)=>wn.Scale.unapply(o.getInt32(i(l)+8,!0),t[2],e[2]),Intensity:(o,l)=>o.getUint16(i(l)+12,!0),ReturnNumber:(o,l)=>o.getUint16(i(l)+14,!0)&15,NumberOfReturns:(o,l)=>(o.getUint16(i(l)+14,!0)&240)>>4,Synthetic:(o,l)=>r(o,l)&1,KeyPoint:(o,l)=>(r(o,l)&2)>>1,Withheld:(o,l)=>(r(o,l)&4)>>2,Overlap:(o,l)=>(r(o,l)&8)>>3,ScannerChannel:(o,l)=>(r(o,l)&48)>>4,ScanDirectionFlag:(o,l)=>(r(o,l)&64)>>6,EdgeOfFlightLine:(o,l)=>(r(o,l)&128)>>7,Classification:(o,l)=>o.getUint8(i(l)+16),UserData:(o,l)=>o.getUint8(i(l)+17),ScanAngle:(o,l)=>o.getInt16(i(l)+18,!0)*.006,PointSourceId:(o,l)=>o.getUint16(i(l)+20,!0),GpsTime:(o,l)=>o.getFloat64(i(l)+22,!0)}}function Tg(n){let t=ys(n);return{...Eg(n),Red:(e,i)=>e.getUint16(t(i)+30,!0),Green:(e,i)=>e.getUint16(t(i)+32,!0),Blue:(e,i)=>e.getUint16(t(i)+34,!0)}}function Bw(n){let t=ys(n);return{...Tg(n),Infrared:(e,i)=>e.getUint16(t(i)+36,!0)}}function ys(n){let{pointDataRecordLength:t}=n;return function(i){return i*t}}});var Pg=xe(Hr=>{"use strict";Object.defineProperty(Hr,"__esModule",{value:!0});Hr.formatGuid=Hr.parsePoint=void 0;var Ag=en();function zw(n){let t=Ag.Binary.toDataView(n);if(t.byteLength!==24)throw new Error(`Invalid tuple buffer length: ${t.byteLength}`);return[t.getFloat64(0,!0),t.getFloat64(8,!0),t.getFloat64(16,!0)]}Hr.parsePoint=zw;function kw(n){let t=Ag.Binary.toDataView(n);if(t.byteLength!==16)throw new Error(`Invalid GUID buffer length: ${t.byteLength}`);let e="";for(let i=0;i<t.byteLength;i+=4){let r=t.getUint32(i,!0);e+=r.toString(16).padStart(8,"0")}return[e.slice(0,8),e.slice(8,12),e.slice(12,16),e.slice(16,32)].join("-")}Hr.formatGuid=kw});var cd=xe(Nc=>{"use strict";Object.defineProperty(Nc,"__esModule",{value:!0});Nc.Header=void 0;var Li=en(),Cg=wc(),ld=Pg();Nc.Header={parse:Hw};function Hw(n){if(n.byteLength<Cg.minHeaderLength)throw new Error(`Invalid header: must be at least ${Cg.minHeaderLength} bytes`);let t=Li.Binary.toDataView(n),e=Li.Binary.toCString(n.slice(0,4));if(e!=="LASF")throw new Error(`Invalid file signature: ${e}`);let i=t.getUint8(24),r=t.getUint8(25);if(i!==1||r!==2&&r!==4)throw new Error(`Invalid version (only 1.2 and 1.4 supported): ${i}.${r}`);let o={fileSignature:e,fileSourceId:t.getUint16(4,!0),globalEncoding:t.getUint16(6,!0),projectId:(0,ld.formatGuid)(n.slice(8,24)),majorVersion:i,minorVersion:r,systemIdentifier:Li.Binary.toCString(n.slice(26,58)),generatingSoftware:Li.Binary.toCString(n.slice(58,90)),fileCreationDayOfYear:t.getUint16(90,!0),fileCreationYear:t.getUint16(92,!0),headerLength:t.getUint16(94,!0),pointDataOffset:t.getUint32(96,!0),vlrCount:t.getUint32(100,!0),pointDataRecordFormat:t.getUint8(104)&15,pointDataRecordLength:t.getUint16(105,!0),pointCount:t.getUint32(107,!0),pointCountByReturn:Gw(n.slice(111,131)),scale:(0,ld.parsePoint)(n.slice(131,155)),offset:(0,ld.parsePoint)(n.slice(155,179)),min:[t.getFloat64(187,!0),t.getFloat64(203,!0),t.getFloat64(219,!0)],max:[t.getFloat64(179,!0),t.getFloat64(195,!0),t.getFloat64(211,!0)],waveformDataOffset:0,evlrOffset:0,evlrCount:0};return r==2?o:{...o,pointCount:(0,Li.parseBigInt)((0,Li.getBigUint64)(t,247,!0)),pointCountByReturn:Vw(n.slice(255,375)),waveformDataOffset:(0,Li.parseBigInt)((0,Li.getBigUint64)(t,227,!0)),evlrOffset:(0,Li.parseBigInt)((0,Li.getBigUint64)(t,235,!0)),evlrCount:t.getUint32(243,!0)}}function Vw(n){let t=Li.Binary.toDataView(n),e=[];for(let i=0;i<120;i+=8)e.push((0,Li.getBigUint64)(t,i,!0));return e.map(i=>(0,Li.parseBigInt)(i))}function Gw(n){let t=Li.Binary.toDataView(n),e=[];for(let i=0;i<20;i+=4)e.push(t.getUint32(i,!0));return e}});var Rg={};hf(Rg,{createLazPerf:()=>Ww});function Ww(){throw new Error("points are decoded in the worker")}var Lg=cf(()=>{});var Ug=xe(xs=>{"use strict";Object.defineProperty(xs,"__esModule",{value:!0});xs.decompressFile=xs.decompressChunk=xs.PointData=void 0;var Ig=(Lg(),ff(Rg)),Xw=cd();xs.PointData={createLazPerf:Ig.createLazPerf,decompressChunk:Ng,decompressFile:Og};var hd;async function Dg(n){return n||(hd||(hd=(0,Ig.createLazPerf)()),hd)}async function Ng(n,{pointCount:t,pointDataRecordFormat:e,pointDataRecordLength:i},r){let o=await Dg(r),l=new Uint8Array(t*i),c=o._malloc(n.byteLength),u=o._malloc(i),d=new o.ChunkDecoder;try{o.HEAPU8.set(new Uint8Array(n.buffer,n.byteOffset,n.byteLength),c),d.open(e,i,c);for(let p=0;p<t;++p)d.getPoint(u),l.set(new Uint8Array(o.HEAPU8.buffer,u,i),p*i)}finally{o._free(c),o._free(u),d.delete()}return l}xs.decompressChunk=Ng;async function Og(n,t){let e=await Dg(t),i=Xw.Header.parse(n),{pointCount:r,pointDataRecordLength:o}=i,l=new Uint8Array(r*o),c=e._malloc(n.byteLength),u=e._malloc(o),d=new e.LASZip;try{e.HEAPU8.set(new Uint8Array(n.buffer,n.byteOffset,n.byteLength),c),d.open(c,n.byteLength);for(let p=0;p<r;++p)d.getPoint(u),l.set(new Uint8Array(e.HEAPU8.buffer,u,o),p*o)}finally{d.delete()}return l}xs.decompressFile=Og});var Fg=xe(Oc=>{"use strict";Object.defineProperty(Oc,"__esModule",{value:!0});Oc.View=void 0;var Zw=en(),qw=od(),Yw=ad();Oc.View={create:$w};function $w(n,t,e=[],i){let r=Yw.Extractor.create(t,e);if(i){let p=new Set([...i]);r=Object.entries(r).reduce((m,[g,_])=>(p.has(g)&&(m[g]=_),m),{})}let o=qw.Dimensions.create(r,e),l=Zw.Binary.toDataView(n),c=t.pointDataRecordLength;if(l.byteLength%c!==0)throw new Error(`Invalid buffer length (${l.byteLength}) for point length ${c}`);let u=l.byteLength/t.pointDataRecordLength;function d(p){let m=r[p];if(!m)throw new Error(`No extractor for dimension: ${p}`);return function(g){if(g>=u)throw new RangeError(`View index (${g}) out of range: ${u}`);return m(l,g)}}return{pointCount:u,dimensions:o,getter:d}}});var Hg=xe(Uc=>{"use strict";Object.defineProperty(Uc,"__esModule",{value:!0});Uc.Vlr=void 0;var En=en(),Vr=wc();Uc.Vlr={walk:Jw,parse:kg,find:zg,at:jw,fetch:Kw};function zg(n,t,e){return n.find(i=>i.userId===t&&i.recordId===e)}function jw(n,t,e){let i=zg(n,t,e);if(!i)throw new Error(`VLR not found: ${t}/${e}`);return i}function Kw(n,{contentOffset:t,contentLength:e}){return e===0?new Uint8Array:En.Getter.create(n)(t,t+e)}async function Jw(n,t){let e=En.Getter.create(n),i=await Bg({get:e,startOffset:t.headerLength,count:t.vlrCount,isExtended:!1}),r=await Bg({get:e,startOffset:t.evlrOffset,count:t.evlrCount,isExtended:!0});return[...i,...r]}function kg(n,t){return(t?tE:Qw)(n)}function Qw(n){let t=En.Binary.toDataView(n);if(t.byteLength!==Vr.vlrHeaderLength)throw new Error(`Invalid VLR header length (must be ${Vr.vlrHeaderLength}): ${t.byteLength}`);return{userId:En.Binary.toCString(n.slice(2,18)),recordId:t.getUint16(18,!0),contentLength:t.getUint16(20,!0),description:En.Binary.toCString(n.slice(22,54)),isExtended:!1}}function tE(n){let t=En.Binary.toDataView(n);if(t.byteLength!==Vr.evlrHeaderLength)throw new Error(`Invalid EVLR header length (must be ${Vr.evlrHeaderLength}): ${t.byteLength}`);return{userId:En.Binary.toCString(n.slice(2,18)),recordId:t.getUint16(18,!0),contentLength:(0,En.parseBigInt)((0,En.getBigUint64)(t,20,!0)),description:En.Binary.toCString(n.slice(28,60)),isExtended:!0}}async function Bg({get:n,startOffset:t,count:e,isExtended:i}){let r=[],o=t,l=i?Vr.evlrHeaderLength:Vr.vlrHeaderLength;for(let c=0;c<e;++c){let u=l?await n(o,o+l):new Uint8Array,{userId:d,recordId:p,contentLength:m,description:g}=kg(u,i);r.push({userId:d,recordId:p,contentOffset:o+l,contentLength:m,description:g,isExtended:i}),o+=l+m}return r}});var ud=xe(De=>{"use strict";var eE=De&&De.__createBinding||(Object.create?(function(n,t,e,i){i===void 0&&(i=e);var r=Object.getOwnPropertyDescriptor(t,e);(!r||("get"in r?!t.__esModule:r.writable||r.configurable))&&(r={enumerable:!0,get:function(){return t[e]}}),Object.defineProperty(n,i,r)}):(function(n,t,e,i){i===void 0&&(i=e),n[i]=t[e]})),iE=De&&De.__setModuleDefault||(Object.create?(function(n,t){Object.defineProperty(n,"default",{enumerable:!0,value:t})}):function(n,t){n.default=t}),nE=De&&De.__importStar||function(n){if(n&&n.__esModule)return n;var t={};if(n!=null)for(var e in n)e!=="default"&&Object.prototype.hasOwnProperty.call(n,e)&&eE(t,n,e);return iE(t,n),t};Object.defineProperty(De,"__esModule",{value:!0});De.Vlr=De.View=De.PointData=De.Header=De.Extractor=De.ExtraBytes=De.Dimensions=De.Constants=void 0;De.Constants=nE(wc());var sE=od();Object.defineProperty(De,"Dimensions",{enumerable:!0,get:function(){return sE.Dimensions}});var rE=rd();Object.defineProperty(De,"ExtraBytes",{enumerable:!0,get:function(){return rE.ExtraBytes}});var oE=ad();Object.defineProperty(De,"Extractor",{enumerable:!0,get:function(){return oE.Extractor}});var aE=cd();Object.defineProperty(De,"Header",{enumerable:!0,get:function(){return aE.Header}});var lE=Ug();Object.defineProperty(De,"PointData",{enumerable:!0,get:function(){return lE.PointData}});var cE=Fg();Object.defineProperty(De,"View",{enumerable:!0,get:function(){return cE.View}});var hE=Hg();Object.defineProperty(De,"Vlr",{enumerable:!0,get:function(){return hE.Vlr}})});var dd=xe(Fc=>{"use strict";Object.defineProperty(Fc,"__esModule",{value:!0});Fc.Hierarchy=void 0;var ko=en(),Vg=Sc();Fc.Hierarchy={parse:Gg,load:uE};function Gg(n){let t=ko.Binary.toDataView(n);if(t.byteLength%Vg.hierarchyItemLength!==0)throw new Error(`Invalid hierarchy page length: ${t.byteLength}`);let e={},i={};for(let r=0;r<t.byteLength;r+=Vg.hierarchyItemLength){let o=t.getInt32(r+0,!0),l=t.getInt32(r+4,!0),c=t.getInt32(r+8,!0),u=t.getInt32(r+12,!0),d=(0,ko.parseBigInt)((0,ko.getBigUint64)(t,r+16,!0)),p=t.getInt32(r+24,!0),m=t.getInt32(r+28,!0),g=ko.Key.toString([o,l,c,u]);if(m<-1)throw new Error(`Invalid hierarchy point count at key: ${g}`);m===-1?i[g]={pageOffset:d,pageLength:p}:e[g]={pointCount:m,pointDataOffset:d,pointDataLength:p}}return{nodes:e,pages:i}}async function uE(n,t){let e=ko.Getter.create(n);return Gg(await e(t.pageOffset,t.pageOffset+t.pageLength))}});var fd=xe(Bc=>{"use strict";Object.defineProperty(Bc,"__esModule",{value:!0});Bc.Info=void 0;var Ho=en(),Wg=Sc();Bc.Info={parse:dE};function dE(n){let t=Ho.Binary.toDataView(n);if(t.byteLength!==Wg.infoLength)throw new Error(`Invalid COPC info VLR length (should be ${Wg.infoLength}): ${t.byteLength}`);let e=[t.getFloat64(0,!0),t.getFloat64(8,!0),t.getFloat64(16,!0)],i=t.getFloat64(24,!0);return{cube:[e[0]-i,e[1]-i,e[2]-i,e[0]+i,e[1]+i,e[2]+i],spacing:t.getFloat64(32,!0),rootHierarchyPage:{pageOffset:(0,Ho.parseBigInt)((0,Ho.getBigUint64)(t,40,!0)),pageLength:(0,Ho.parseBigInt)((0,Ho.getBigUint64)(t,48,!0))},gpsTimeRange:[t.getFloat64(56,!0),t.getFloat64(64,!0)]}}});var qg=xe(Tn=>{"use strict";var fE=Tn&&Tn.__createBinding||(Object.create?(function(n,t,e,i){i===void 0&&(i=e);var r=Object.getOwnPropertyDescriptor(t,e);(!r||("get"in r?!t.__esModule:r.writable||r.configurable))&&(r={enumerable:!0,get:function(){return t[e]}}),Object.defineProperty(n,i,r)}):(function(n,t,e,i){i===void 0&&(i=e),n[i]=t[e]})),pE=Tn&&Tn.__setModuleDefault||(Object.create?(function(n,t){Object.defineProperty(n,"default",{enumerable:!0,value:t})}):function(n,t){n.default=t}),mE=Tn&&Tn.__importStar||function(n){if(n&&n.__esModule)return n;var t={};if(n!=null)for(var e in n)e!=="default"&&Object.prototype.hasOwnProperty.call(n,e)&&fE(t,n,e);return pE(t,n),t};Object.defineProperty(Tn,"__esModule",{value:!0});Tn.Copc=void 0;var nn=mE(ud()),zc=en(),gE=dd(),_E=fd();Tn.Copc={create:vE,loadHierarchyPage:yE,loadCompressedPointDataBuffer:Xg,loadPointDataBuffer:Zg,loadPointDataView:xE};async function vE(n){let t=zc.Getter.create(n),e=65536,i=t(0,e);async function r(_,M){return M>=e?t(_,M):(await i).slice(_,M)}let o=nn.Header.parse(await r(0,nn.Constants.minHeaderLength)),l=await nn.Vlr.walk(r,o),c=nn.Vlr.find(l,"copc",1);if(!c)throw new Error("COPC info VLR is required");let u=_E.Info.parse(await nn.Vlr.fetch(r,c)),d,p=nn.Vlr.find(l,"LASF_Projection",2112);p&&p.contentLength&&(d=zc.Binary.toCString(await nn.Vlr.fetch(r,p)),d===""&&(d=void 0));let m=[],g=nn.Vlr.find(l,"LASF_Spec",4);return g&&(m=nn.ExtraBytes.parse(await nn.Vlr.fetch(r,g))),{header:o,vlrs:l,info:u,wkt:d,eb:m}}async function yE(n,t){let e=zc.Getter.create(n);return gE.Hierarchy.load(e,t)}async function Xg(n,{pointDataOffset:t,pointDataLength:e}){return zc.Getter.create(n)(t,t+e)}async function Zg(n,{pointDataRecordFormat:t,pointDataRecordLength:e},i,r){let o=await Xg(n,i),{pointCount:l}=i;return nn.PointData.decompressChunk(o,{pointCount:l,pointDataRecordFormat:t,pointDataRecordLength:e},r)}async function xE(n,t,e,{lazPerf:i,include:r}={}){let o=await Zg(n,t.header,e,i);return nn.View.create(o,t.header,t.eb,r)}});var Yg=xe(fi=>{"use strict";var ME=fi&&fi.__createBinding||(Object.create?(function(n,t,e,i){i===void 0&&(i=e);var r=Object.getOwnPropertyDescriptor(t,e);(!r||("get"in r?!t.__esModule:r.writable||r.configurable))&&(r={enumerable:!0,get:function(){return t[e]}}),Object.defineProperty(n,i,r)}):(function(n,t,e,i){i===void 0&&(i=e),n[i]=t[e]})),bE=fi&&fi.__setModuleDefault||(Object.create?(function(n,t){Object.defineProperty(n,"default",{enumerable:!0,value:t})}):function(n,t){n.default=t}),SE=fi&&fi.__importStar||function(n){if(n&&n.__esModule)return n;var t={};if(n!=null)for(var e in n)e!=="default"&&Object.prototype.hasOwnProperty.call(n,e)&&ME(t,n,e);return bE(t,n),t};Object.defineProperty(fi,"__esModule",{value:!0});fi.Info=fi.Hierarchy=fi.Copc=fi.Constants=void 0;fi.Constants=SE(Sc());var wE=qg();Object.defineProperty(fi,"Copc",{enumerable:!0,get:function(){return wE.Copc}});var EE=dd();Object.defineProperty(fi,"Hierarchy",{enumerable:!0,get:function(){return EE.Hierarchy}});var TE=fd();Object.defineProperty(fi,"Info",{enumerable:!0,get:function(){return TE.Info}})});var Jg=xe(pi=>{"use strict";var $g=pi&&pi.__createBinding||(Object.create?(function(n,t,e,i){i===void 0&&(i=e);var r=Object.getOwnPropertyDescriptor(t,e);(!r||("get"in r?!t.__esModule:r.writable||r.configurable))&&(r={enumerable:!0,get:function(){return t[e]}}),Object.defineProperty(n,i,r)}):(function(n,t,e,i){i===void 0&&(i=e),n[i]=t[e]})),AE=pi&&pi.__setModuleDefault||(Object.create?(function(n,t){Object.defineProperty(n,"default",{enumerable:!0,value:t})}):function(n,t){n.default=t}),jg=pi&&pi.__importStar||function(n){if(n&&n.__esModule)return n;var t={};if(n!=null)for(var e in n)e!=="default"&&Object.prototype.hasOwnProperty.call(n,e)&&$g(t,n,e);return AE(t,n),t},Kg=pi&&pi.__exportStar||function(n,t){for(var e in n)e!=="default"&&!Object.prototype.hasOwnProperty.call(t,e)&&$g(t,n,e)};Object.defineProperty(pi,"__esModule",{value:!0});pi.Las=pi.Ept=void 0;pi.Ept=jg(sg());Kg(Yg(),pi);pi.Las=jg(ud());Kg(en(),pi)});function _h(){return Object.fromEntries(new URLSearchParams(location.hash.slice(1)))}var pf=0,gh=_h();function Ti(n){for(let[t,e]of Object.entries(n))e==null||e===""?delete gh[t]:gh[t]=String(e);clearTimeout(pf),pf=setTimeout(la,250)}function la(){let n=new URLSearchParams(gh).toString().replaceAll("%2C",",");try{history.replaceState(null,"",n?`#${n}`:location.pathname+location.search)}catch{}return location.href}var us={LEFT:0,MIDDLE:1,RIGHT:2,ROTATE:0,DOLLY:1,PAN:2},ds={ROTATE:0,PAN:1,DOLLY_PAN:2,DOLLY_ROTATE:3},Zf=0,Zh=1,qf=2;var So=1,Yf=2,Ar=3,fs=0,xi=1,Pi=2,Zn=0,Pr=1,qh=2,Yh=3,$h=4,dl=5;var Fs=100,$f=101,jf=102,Kf=103,Jf=104,Qf=200,wo=201,tp=202,ep=203,jh=204,Kh=205,ip=206,np=207,sp=208,rp=209,op=210,ap=211,lp=212,cp=213,hp=214,Ua=0,dr=1,Fa=2,fr=3,Ba=4,za=5,ka=6,Ha=7,Jh=0,up=1,dp=2,Mn=0,Qh=1,tu=2,eu=3,iu=4,nu=5,su=6,ru=7;var ou=300,Bs=301,Cr=302,fl=303,pl=304,Va=1e3,vn=1001,Ga=1002,Ae=1003,fp=1004;var Eo=1005;var yi=1006,ml=1007;var ki=1008;var Hi=1009,au=1010,lu=1011,Rr=1012,gl=1013,Vi=1014,fn=1015,Gi=1016,_l=1017,vl=1018,zs=1020,cu=35902,hu=35899,uu=1021,du=1022,pn=1023,zn=1026,qn=1027,To=1028,yl=1029,ps=1030,xl=1031;var Ml=1033,Ao=33776,Po=33777,Co=33778,Ro=33779,bl=35840,Sl=35841,wl=35842,El=35843,Tl=36196,Al=37492,Pl=37496,Cl=37488,Rl=37489,Lo=37490,Ll=37491,Il=37808,Dl=37809,Nl=37810,Ol=37811,Ul=37812,Fl=37813,Bl=37814,zl=37815,kl=37816,Hl=37817,Vl=37818,Gl=37819,Wl=37820,Xl=37821,Zl=36492,ql=36494,Yl=36495,$l=36283,jl=36284,Io=36285,Kl=36286;var co=2300,Wa=2301,Da=2302,Bh=2303,zh=2400,kh=2401,Hh=2402;var pp=3200;var fu=0,mp=1,Yn="",Fi="srgb",Ds="srgb-linear",ho="linear",ve="srgb";var Na=7680;var gp=519,_p=512,vp=513,yp=514,pu=515,xp=516,Mp=517,mu=518,gu=519,bp=35044;var _u="300 es",Ki=2e3,uo=2001;function M0(n){for(let t=n.length-1;t>=0;--t)if(n[t]>=65535)return!0;return!1}function b0(n){return ArrayBuffer.isView(n)&&!(n instanceof DataView)}function pr(n){return document.createElementNS("http://www.w3.org/1999/xhtml",n)}function Sp(){let n=pr("canvas");return n.style.display="block",n}var mf={},mr=null;function vu(...n){let t="THREE."+n.shift();mr?mr("log",t,...n):console.log(t,...n)}function wp(n){let t=n[0];if(typeof t=="string"&&t.startsWith("TSL:")){let e=n[1];e&&e.isStackTrace?n[0]+=" "+e.getLocation():n[1]='Stack trace not available. Enable "THREE.Node.captureStackTrace" to capture stack traces.'}return n}function Zt(...n){n=wp(n);let t="THREE."+n.shift();if(mr)mr("warn",t,...n);else{let e=n[0];e&&e.isStackTrace?console.warn(e.getError(t)):console.warn(t,...n)}}function Kt(...n){n=wp(n);let t="THREE."+n.shift();if(mr)mr("error",t,...n);else{let e=n[0];e&&e.isStackTrace?console.error(e.getError(t)):console.error(t,...n)}}function oo(...n){let t=n.join(" ");t in mf||(mf[t]=!0,Zt(...n))}function Ep(n,t,e){return new Promise(function(i,r){function o(){switch(n.clientWaitSync(t,n.SYNC_FLUSH_COMMANDS_BIT,0)){case n.WAIT_FAILED:r();break;case n.TIMEOUT_EXPIRED:setTimeout(o,e);break;default:i()}}setTimeout(o,e)})}var Tp={[Ua]:Ua,[Fa]:ka,[Ba]:Ba,[fr]:za,[dr]:dr,[ka]:Fa,[Ha]:Ha,[za]:fr},un=class{addEventListener(t,e){this._listeners===void 0&&(this._listeners={});let i=this._listeners;i[t]===void 0&&(i[t]=[]),i[t].indexOf(e)===-1&&i[t].push(e)}hasEventListener(t,e){let i=this._listeners;return i===void 0?!1:i[t]!==void 0&&i[t].indexOf(e)!==-1}removeEventListener(t,e){let i=this._listeners;if(i===void 0)return;let r=i[t];if(r!==void 0){let o=r.indexOf(e);o!==-1&&r.splice(o,1)}}dispatchEvent(t){let e=this._listeners;if(e===void 0)return;let i=e[t.type];if(i!==void 0){t.target=this;let r=i.slice(0);for(let o=0,l=r.length;o<l;o++)r[o].call(this,t);t.target=null}}},ai=["00","01","02","03","04","05","06","07","08","09","0a","0b","0c","0d","0e","0f","10","11","12","13","14","15","16","17","18","19","1a","1b","1c","1d","1e","1f","20","21","22","23","24","25","26","27","28","29","2a","2b","2c","2d","2e","2f","30","31","32","33","34","35","36","37","38","39","3a","3b","3c","3d","3e","3f","40","41","42","43","44","45","46","47","48","49","4a","4b","4c","4d","4e","4f","50","51","52","53","54","55","56","57","58","59","5a","5b","5c","5d","5e","5f","60","61","62","63","64","65","66","67","68","69","6a","6b","6c","6d","6e","6f","70","71","72","73","74","75","76","77","78","79","7a","7b","7c","7d","7e","7f","80","81","82","83","84","85","86","87","88","89","8a","8b","8c","8d","8e","8f","90","91","92","93","94","95","96","97","98","99","9a","9b","9c","9d","9e","9f","a0","a1","a2","a3","a4","a5","a6","a7","a8","a9","aa","ab","ac","ad","ae","af","b0","b1","b2","b3","b4","b5","b6","b7","b8","b9","ba","bb","bc","bd","be","bf","c0","c1","c2","c3","c4","c5","c6","c7","c8","c9","ca","cb","cc","cd","ce","cf","d0","d1","d2","d3","d4","d5","d6","d7","d8","d9","da","db","dc","dd","de","df","e0","e1","e2","e3","e4","e5","e6","e7","e8","e9","ea","eb","ec","ed","ee","ef","f0","f1","f2","f3","f4","f5","f6","f7","f8","f9","fa","fb","fc","fd","fe","ff"],gf=1234567,ao=Math.PI/180,gr=180/Math.PI;function Lr(){let n=Math.random()*4294967295|0,t=Math.random()*4294967295|0,e=Math.random()*4294967295|0,i=Math.random()*4294967295|0;return(ai[n&255]+ai[n>>8&255]+ai[n>>16&255]+ai[n>>24&255]+"-"+ai[t&255]+ai[t>>8&255]+"-"+ai[t>>16&15|64]+ai[t>>24&255]+"-"+ai[e&63|128]+ai[e>>8&255]+"-"+ai[e>>16&255]+ai[e>>24&255]+ai[i&255]+ai[i>>8&255]+ai[i>>16&255]+ai[i>>24&255]).toLowerCase()}function le(n,t,e){return Math.max(t,Math.min(e,n))}function yu(n,t){return(n%t+t)%t}function S0(n,t,e,i,r){return i+(n-t)*(r-i)/(e-t)}function w0(n,t,e){return n!==t?(e-n)/(t-n):0}function lo(n,t,e){return(1-e)*n+e*t}function E0(n,t,e,i){return lo(n,t,1-Math.exp(-e*i))}function T0(n,t=1){return t-Math.abs(yu(n,t*2)-t)}function A0(n,t,e){return n<=t?0:n>=e?1:(n=(n-t)/(e-t),n*n*(3-2*n))}function P0(n,t,e){return n<=t?0:n>=e?1:(n=(n-t)/(e-t),n*n*n*(n*(n*6-15)+10))}function C0(n,t){return n+Math.floor(Math.random()*(t-n+1))}function R0(n,t){return n+Math.random()*(t-n)}function L0(n){return n*(.5-Math.random())}function I0(n){n!==void 0&&(gf=n);let t=gf+=1831565813;return t=Math.imul(t^t>>>15,t|1),t^=t+Math.imul(t^t>>>7,t|61),((t^t>>>14)>>>0)/4294967296}function D0(n){return n*ao}function N0(n){return n*gr}function O0(n){return n>0&&Number.isInteger(n)&&2**Math.round(Math.log2(n))===n}function U0(n){return Math.pow(2,Math.ceil(Math.log(n)/Math.LN2))}function xu(n){return Math.pow(2,Math.floor(Math.log(n)/Math.LN2))}function F0(n,t,e,i,r){let o=Math.cos,l=Math.sin,c=o(e/2),u=l(e/2),d=o((t+i)/2),p=l((t+i)/2),m=o((t-i)/2),g=l((t-i)/2),_=o((i-t)/2),M=l((i-t)/2);switch(r){case"XYX":n.set(c*p,u*m,u*g,c*d);break;case"YZY":n.set(u*g,c*p,u*m,c*d);break;case"ZXZ":n.set(u*m,u*g,c*p,c*d);break;case"XZX":n.set(c*p,u*M,u*_,c*d);break;case"YXY":n.set(u*_,c*p,u*M,c*d);break;case"ZYZ":n.set(u*M,u*_,c*p,c*d);break;default:Zt("MathUtils: .setQuaternionFromProperEuler() encountered an unknown order: "+r)}}function Mu(n){switch(n.constructor){case Uint32Array:return 4294967295;case Uint16Array:return 65535;case Uint8Array:case Uint8ClampedArray:return 255;case Int32Array:return 2147483647;case Int16Array:return 32767;case Int8Array:return 127;default:return}}function Ap(n,t){if(t.constructor===Float32Array)return n;let e=Mu(t);if(e===void 0)throw new Error("THREE.MathUtils: Invalid component type.");return Math.max(n/e,-1)}function Pp(n,t){if(t.constructor===Float32Array)return n;let e=Mu(t);if(e===void 0)throw new Error("THREE.MathUtils: Invalid component type.");return Math.round(n*e)}var bu={DEG2RAD:ao,RAD2DEG:gr,generateUUID:Lr,clamp:le,euclideanModulo:yu,mapLinear:S0,inverseLerp:w0,lerp:lo,damp:E0,pingpong:T0,smoothstep:A0,smootherstep:P0,randInt:C0,randFloat:R0,randFloatSpread:L0,seededRandom:I0,degToRad:D0,radToDeg:N0,isPowerOfTwo:O0,ceilPowerOfTwo:U0,floorPowerOfTwo:xu,setQuaternionFromProperEuler:F0,normalize:Pp,denormalize:Ap},Ht=class{static{this.prototype.isVector2=!0}constructor(t=0,e=0){this.x=t,this.y=e}get width(){return this.x}set width(t){this.x=t}get height(){return this.y}set height(t){this.y=t}set(t,e){return this.x=t,this.y=e,this}setScalar(t){return this.x=t,this.y=t,this}setX(t){return this.x=t,this}setY(t){return this.y=t,this}setComponent(t,e){switch(t){case 0:this.x=e;break;case 1:this.y=e;break;default:throw new Error("THREE.Vector2: index is out of range: "+t)}return this}getComponent(t){switch(t){case 0:return this.x;case 1:return this.y;default:throw new Error("THREE.Vector2: index is out of range: "+t)}}clone(){return new this.constructor(this.x,this.y)}copy(t){return this.x=t.x,this.y=t.y,this}add(t){return this.x+=t.x,this.y+=t.y,this}addScalar(t){return this.x+=t,this.y+=t,this}addVectors(t,e){return this.x=t.x+e.x,this.y=t.y+e.y,this}addScaledVector(t,e){return this.x+=t.x*e,this.y+=t.y*e,this}sub(t){return this.x-=t.x,this.y-=t.y,this}subScalar(t){return this.x-=t,this.y-=t,this}subVectors(t,e){return this.x=t.x-e.x,this.y=t.y-e.y,this}multiply(t){return this.x*=t.x,this.y*=t.y,this}multiplyScalar(t){return this.x*=t,this.y*=t,this}divide(t){return this.x/=t.x,this.y/=t.y,this}divideScalar(t){return this.multiplyScalar(1/t)}applyMatrix3(t){let e=this.x,i=this.y,r=t.elements;return this.x=r[0]*e+r[3]*i+r[6],this.y=r[1]*e+r[4]*i+r[7],this}min(t){return this.x=Math.min(this.x,t.x),this.y=Math.min(this.y,t.y),this}max(t){return this.x=Math.max(this.x,t.x),this.y=Math.max(this.y,t.y),this}clamp(t,e){return this.x=le(this.x,t.x,e.x),this.y=le(this.y,t.y,e.y),this}clampScalar(t,e){return this.x=le(this.x,t,e),this.y=le(this.y,t,e),this}clampLength(t,e){let i=this.length();return this.divideScalar(i||1).multiplyScalar(le(i,t,e))}floor(){return this.x=Math.floor(this.x),this.y=Math.floor(this.y),this}ceil(){return this.x=Math.ceil(this.x),this.y=Math.ceil(this.y),this}round(){return this.x=Math.round(this.x),this.y=Math.round(this.y),this}roundToZero(){return this.x=Math.trunc(this.x),this.y=Math.trunc(this.y),this}negate(){return this.x=-this.x,this.y=-this.y,this}dot(t){return this.x*t.x+this.y*t.y}cross(t){return this.x*t.y-this.y*t.x}lengthSq(){return this.x*this.x+this.y*this.y}length(){return Math.sqrt(this.x*this.x+this.y*this.y)}manhattanLength(){return Math.abs(this.x)+Math.abs(this.y)}normalize(){return this.divideScalar(this.length()||1)}angle(){return Math.atan2(-this.y,-this.x)+Math.PI}angleTo(t){let e=Math.sqrt(this.lengthSq()*t.lengthSq());if(e===0)return Math.PI/2;let i=this.dot(t)/e;return Math.acos(le(i,-1,1))}distanceTo(t){return Math.sqrt(this.distanceToSquared(t))}distanceToSquared(t){let e=this.x-t.x,i=this.y-t.y;return e*e+i*i}manhattanDistanceTo(t){return Math.abs(this.x-t.x)+Math.abs(this.y-t.y)}setLength(t){return this.normalize().multiplyScalar(t)}lerp(t,e){return this.x+=(t.x-this.x)*e,this.y+=(t.y-this.y)*e,this}lerpVectors(t,e,i){return this.x=t.x+(e.x-t.x)*i,this.y=t.y+(e.y-t.y)*i,this}equals(t){return t.x===this.x&&t.y===this.y}fromArray(t,e=0){return this.x=t[e],this.y=t[e+1],this}toArray(t=[],e=0){return t[e]=this.x,t[e+1]=this.y,t}fromBufferAttribute(t,e){return this.x=t.getX(e),this.y=t.getY(e),this}rotateAround(t,e){let i=Math.cos(e),r=Math.sin(e),o=this.x-t.x,l=this.y-t.y;return this.x=o*i-l*r+t.x,this.y=o*r+l*i+t.y,this}random(){return this.x=Math.random(),this.y=Math.random(),this}*[Symbol.iterator](){yield this.x,yield this.y}},qe=class{constructor(t=0,e=0,i=0,r=1){this.isQuaternion=!0,this._x=t,this._y=e,this._z=i,this._w=r}static slerpFlat(t,e,i,r,o,l,c){let u=i[r+0],d=i[r+1],p=i[r+2],m=i[r+3],g=o[l+0],_=o[l+1],M=o[l+2],T=o[l+3];if(m!==T||u!==g||d!==_||p!==M){let x=u*g+d*_+p*M+m*T;x<0&&(g=-g,_=-_,M=-M,T=-T,x=-x);let y=1-c;if(x<.9995){let A=Math.acos(x),I=Math.sin(A);y=Math.sin(y*A)/I,c=Math.sin(c*A)/I,u=u*y+g*c,d=d*y+_*c,p=p*y+M*c,m=m*y+T*c}else{u=u*y+g*c,d=d*y+_*c,p=p*y+M*c,m=m*y+T*c;let A=1/Math.sqrt(u*u+d*d+p*p+m*m);u*=A,d*=A,p*=A,m*=A}}t[e]=u,t[e+1]=d,t[e+2]=p,t[e+3]=m}static multiplyQuaternionsFlat(t,e,i,r,o,l){let c=i[r],u=i[r+1],d=i[r+2],p=i[r+3],m=o[l],g=o[l+1],_=o[l+2],M=o[l+3];return t[e]=c*M+p*m+u*_-d*g,t[e+1]=u*M+p*g+d*m-c*_,t[e+2]=d*M+p*_+c*g-u*m,t[e+3]=p*M-c*m-u*g-d*_,t}get x(){return this._x}set x(t){this._x=t,this._onChangeCallback()}get y(){return this._y}set y(t){this._y=t,this._onChangeCallback()}get z(){return this._z}set z(t){this._z=t,this._onChangeCallback()}get w(){return this._w}set w(t){this._w=t,this._onChangeCallback()}set(t,e,i,r){return this._x=t,this._y=e,this._z=i,this._w=r,this._onChangeCallback(),this}clone(){return new this.constructor(this._x,this._y,this._z,this._w)}copy(t){return this._x=t.x,this._y=t.y,this._z=t.z,this._w=t.w,this._onChangeCallback(),this}setFromEuler(t,e=!0){let i=t._x,r=t._y,o=t._z,l=t._order,c=Math.cos,u=Math.sin,d=c(i/2),p=c(r/2),m=c(o/2),g=u(i/2),_=u(r/2),M=u(o/2);switch(l){case"XYZ":this._x=g*p*m+d*_*M,this._y=d*_*m-g*p*M,this._z=d*p*M+g*_*m,this._w=d*p*m-g*_*M;break;case"YXZ":this._x=g*p*m+d*_*M,this._y=d*_*m-g*p*M,this._z=d*p*M-g*_*m,this._w=d*p*m+g*_*M;break;case"ZXY":this._x=g*p*m-d*_*M,this._y=d*_*m+g*p*M,this._z=d*p*M+g*_*m,this._w=d*p*m-g*_*M;break;case"ZYX":this._x=g*p*m-d*_*M,this._y=d*_*m+g*p*M,this._z=d*p*M-g*_*m,this._w=d*p*m+g*_*M;break;case"YZX":this._x=g*p*m+d*_*M,this._y=d*_*m+g*p*M,this._z=d*p*M-g*_*m,this._w=d*p*m-g*_*M;break;case"XZY":this._x=g*p*m-d*_*M,this._y=d*_*m-g*p*M,this._z=d*p*M+g*_*m,this._w=d*p*m+g*_*M;break;default:Zt("Quaternion: .setFromEuler() encountered an unknown order: "+l)}return e===!0&&this._onChangeCallback(),this}setFromAxisAngle(t,e){let i=e/2,r=Math.sin(i);return this._x=t.x*r,this._y=t.y*r,this._z=t.z*r,this._w=Math.cos(i),this._onChangeCallback(),this}setFromRotationMatrix(t){let e=t.elements,i=e[0],r=e[4],o=e[8],l=e[1],c=e[5],u=e[9],d=e[2],p=e[6],m=e[10],g=i+c+m;if(g>0){let _=.5/Math.sqrt(g+1);this._w=.25/_,this._x=(p-u)*_,this._y=(o-d)*_,this._z=(l-r)*_}else if(i>c&&i>m){let _=2*Math.sqrt(1+i-c-m);this._w=(p-u)/_,this._x=.25*_,this._y=(r+l)/_,this._z=(o+d)/_}else if(c>m){let _=2*Math.sqrt(1+c-i-m);this._w=(o-d)/_,this._x=(r+l)/_,this._y=.25*_,this._z=(u+p)/_}else{let _=2*Math.sqrt(1+m-i-c);this._w=(l-r)/_,this._x=(o+d)/_,this._y=(u+p)/_,this._z=.25*_}return this._onChangeCallback(),this}setFromUnitVectors(t,e){let i=t.dot(e)+1;return i<1e-8?(i=0,Math.abs(t.x)>Math.abs(t.z)?(this._x=-t.y,this._y=t.x,this._z=0,this._w=i):(this._x=0,this._y=-t.z,this._z=t.y,this._w=i)):(this._x=t.y*e.z-t.z*e.y,this._y=t.z*e.x-t.x*e.z,this._z=t.x*e.y-t.y*e.x,this._w=i),this.normalize()}angleTo(t){return 2*Math.acos(Math.abs(le(this.dot(t),-1,1)))}rotateTowards(t,e){let i=this.angleTo(t);if(i===0)return this;let r=Math.min(1,e/i);return this.slerp(t,r),this}identity(){return this.set(0,0,0,1)}invert(){return this.conjugate()}conjugate(){return this._x*=-1,this._y*=-1,this._z*=-1,this._onChangeCallback(),this}dot(t){return this._x*t._x+this._y*t._y+this._z*t._z+this._w*t._w}lengthSq(){return this._x*this._x+this._y*this._y+this._z*this._z+this._w*this._w}length(){return Math.sqrt(this._x*this._x+this._y*this._y+this._z*this._z+this._w*this._w)}normalize(){let t=this.length();return t===0?(this._x=0,this._y=0,this._z=0,this._w=1):(t=1/t,this._x=this._x*t,this._y=this._y*t,this._z=this._z*t,this._w=this._w*t),this._onChangeCallback(),this}multiply(t){return this.multiplyQuaternions(this,t)}premultiply(t){return this.multiplyQuaternions(t,this)}multiplyQuaternions(t,e){let i=t._x,r=t._y,o=t._z,l=t._w,c=e._x,u=e._y,d=e._z,p=e._w;return this._x=i*p+l*c+r*d-o*u,this._y=r*p+l*u+o*c-i*d,this._z=o*p+l*d+i*u-r*c,this._w=l*p-i*c-r*u-o*d,this._onChangeCallback(),this}slerp(t,e){let i=t._x,r=t._y,o=t._z,l=t._w,c=this.dot(t);c<0&&(i=-i,r=-r,o=-o,l=-l,c=-c);let u=1-e;if(c<.9995){let d=Math.acos(c),p=Math.sin(d);u=Math.sin(u*d)/p,e=Math.sin(e*d)/p,this._x=this._x*u+i*e,this._y=this._y*u+r*e,this._z=this._z*u+o*e,this._w=this._w*u+l*e,this._onChangeCallback()}else this._x=this._x*u+i*e,this._y=this._y*u+r*e,this._z=this._z*u+o*e,this._w=this._w*u+l*e,this.normalize();return this}slerpQuaternions(t,e,i){return this.copy(t).slerp(e,i)}random(){let t=2*Math.PI*Math.random(),e=2*Math.PI*Math.random(),i=Math.random(),r=Math.sqrt(1-i),o=Math.sqrt(i);return this.set(r*Math.sin(t),r*Math.cos(t),o*Math.sin(e),o*Math.cos(e))}equals(t){return t._x===this._x&&t._y===this._y&&t._z===this._z&&t._w===this._w}fromArray(t,e=0){return this._x=t[e],this._y=t[e+1],this._z=t[e+2],this._w=t[e+3],this._onChangeCallback(),this}toArray(t=[],e=0){return t[e]=this._x,t[e+1]=this._y,t[e+2]=this._z,t[e+3]=this._w,t}fromBufferAttribute(t,e){return this._x=t.getX(e),this._y=t.getY(e),this._z=t.getZ(e),this._w=t.getW(e),this._onChangeCallback(),this}toJSON(){return this.toArray()}_onChange(t){return this._onChangeCallback=t,this}_onChangeCallback(){}*[Symbol.iterator](){yield this._x,yield this._y,yield this._z,yield this._w}},F=class{static{this.prototype.isVector3=!0}constructor(t=0,e=0,i=0){this.x=t,this.y=e,this.z=i}set(t,e,i){return i===void 0&&(i=this.z),this.x=t,this.y=e,this.z=i,this}setScalar(t){return this.x=t,this.y=t,this.z=t,this}setX(t){return this.x=t,this}setY(t){return this.y=t,this}setZ(t){return this.z=t,this}setComponent(t,e){switch(t){case 0:this.x=e;break;case 1:this.y=e;break;case 2:this.z=e;break;default:throw new Error("THREE.Vector3: index is out of range: "+t)}return this}getComponent(t){switch(t){case 0:return this.x;case 1:return this.y;case 2:return this.z;default:throw new Error("THREE.Vector3: index is out of range: "+t)}}clone(){return new this.constructor(this.x,this.y,this.z)}copy(t){return this.x=t.x,this.y=t.y,this.z=t.z,this}add(t){return this.x+=t.x,this.y+=t.y,this.z+=t.z,this}addScalar(t){return this.x+=t,this.y+=t,this.z+=t,this}addVectors(t,e){return this.x=t.x+e.x,this.y=t.y+e.y,this.z=t.z+e.z,this}addScaledVector(t,e){return this.x+=t.x*e,this.y+=t.y*e,this.z+=t.z*e,this}sub(t){return this.x-=t.x,this.y-=t.y,this.z-=t.z,this}subScalar(t){return this.x-=t,this.y-=t,this.z-=t,this}subVectors(t,e){return this.x=t.x-e.x,this.y=t.y-e.y,this.z=t.z-e.z,this}multiply(t){return this.x*=t.x,this.y*=t.y,this.z*=t.z,this}multiplyScalar(t){return this.x*=t,this.y*=t,this.z*=t,this}multiplyVectors(t,e){return this.x=t.x*e.x,this.y=t.y*e.y,this.z=t.z*e.z,this}applyEuler(t){return this.applyQuaternion(_f.setFromEuler(t))}applyAxisAngle(t,e){return this.applyQuaternion(_f.setFromAxisAngle(t,e))}applyMatrix3(t){let e=this.x,i=this.y,r=this.z,o=t.elements;return this.x=o[0]*e+o[3]*i+o[6]*r,this.y=o[1]*e+o[4]*i+o[7]*r,this.z=o[2]*e+o[5]*i+o[8]*r,this}applyNormalMatrix(t){return this.applyMatrix3(t).normalize()}applyMatrix4(t){let e=this.x,i=this.y,r=this.z,o=t.elements,l=1/(o[3]*e+o[7]*i+o[11]*r+o[15]);return this.x=(o[0]*e+o[4]*i+o[8]*r+o[12])*l,this.y=(o[1]*e+o[5]*i+o[9]*r+o[13])*l,this.z=(o[2]*e+o[6]*i+o[10]*r+o[14])*l,this}applyQuaternion(t){let e=this.x,i=this.y,r=this.z,o=t.x,l=t.y,c=t.z,u=t.w,d=2*(l*r-c*i),p=2*(c*e-o*r),m=2*(o*i-l*e);return this.x=e+u*d+l*m-c*p,this.y=i+u*p+c*d-o*m,this.z=r+u*m+o*p-l*d,this}project(t){return this.applyMatrix4(t.matrixWorldInverse).applyMatrix4(t.projectionMatrix)}unproject(t){return this.applyMatrix4(t.projectionMatrixInverse).applyMatrix4(t.matrixWorld)}transformDirection(t){let e=this.x,i=this.y,r=this.z,o=t.elements;return this.x=o[0]*e+o[4]*i+o[8]*r,this.y=o[1]*e+o[5]*i+o[9]*r,this.z=o[2]*e+o[6]*i+o[10]*r,this.normalize()}divide(t){return this.x/=t.x,this.y/=t.y,this.z/=t.z,this}divideScalar(t){return this.multiplyScalar(1/t)}min(t){return this.x=Math.min(this.x,t.x),this.y=Math.min(this.y,t.y),this.z=Math.min(this.z,t.z),this}max(t){return this.x=Math.max(this.x,t.x),this.y=Math.max(this.y,t.y),this.z=Math.max(this.z,t.z),this}clamp(t,e){return this.x=le(this.x,t.x,e.x),this.y=le(this.y,t.y,e.y),this.z=le(this.z,t.z,e.z),this}clampScalar(t,e){return this.x=le(this.x,t,e),this.y=le(this.y,t,e),this.z=le(this.z,t,e),this}clampLength(t,e){let i=this.length();return this.divideScalar(i||1).multiplyScalar(le(i,t,e))}floor(){return this.x=Math.floor(this.x),this.y=Math.floor(this.y),this.z=Math.floor(this.z),this}ceil(){return this.x=Math.ceil(this.x),this.y=Math.ceil(this.y),this.z=Math.ceil(this.z),this}round(){return this.x=Math.round(this.x),this.y=Math.round(this.y),this.z=Math.round(this.z),this}roundToZero(){return this.x=Math.trunc(this.x),this.y=Math.trunc(this.y),this.z=Math.trunc(this.z),this}negate(){return this.x=-this.x,this.y=-this.y,this.z=-this.z,this}dot(t){return this.x*t.x+this.y*t.y+this.z*t.z}lengthSq(){return this.x*this.x+this.y*this.y+this.z*this.z}length(){return Math.sqrt(this.x*this.x+this.y*this.y+this.z*this.z)}manhattanLength(){return Math.abs(this.x)+Math.abs(this.y)+Math.abs(this.z)}normalize(){return this.divideScalar(this.length()||1)}setLength(t){return this.normalize().multiplyScalar(t)}lerp(t,e){return this.x+=(t.x-this.x)*e,this.y+=(t.y-this.y)*e,this.z+=(t.z-this.z)*e,this}lerpVectors(t,e,i){return this.x=t.x+(e.x-t.x)*i,this.y=t.y+(e.y-t.y)*i,this.z=t.z+(e.z-t.z)*i,this}cross(t){return this.crossVectors(this,t)}crossVectors(t,e){let i=t.x,r=t.y,o=t.z,l=e.x,c=e.y,u=e.z;return this.x=r*u-o*c,this.y=o*l-i*u,this.z=i*c-r*l,this}projectOnVector(t){let e=t.lengthSq();if(e===0)return this.set(0,0,0);let i=t.dot(this)/e;return this.copy(t).multiplyScalar(i)}projectOnPlane(t){return vh.copy(this).projectOnVector(t),this.sub(vh)}reflect(t){return this.sub(vh.copy(t).multiplyScalar(2*this.dot(t)))}angleTo(t){let e=Math.sqrt(this.lengthSq()*t.lengthSq());if(e===0)return Math.PI/2;let i=this.dot(t)/e;return Math.acos(le(i,-1,1))}distanceTo(t){return Math.sqrt(this.distanceToSquared(t))}distanceToSquared(t){let e=this.x-t.x,i=this.y-t.y,r=this.z-t.z;return e*e+i*i+r*r}manhattanDistanceTo(t){return Math.abs(this.x-t.x)+Math.abs(this.y-t.y)+Math.abs(this.z-t.z)}setFromSpherical(t){return this.setFromSphericalCoords(t.radius,t.phi,t.theta)}setFromSphericalCoords(t,e,i){let r=Math.sin(e)*t;return this.x=r*Math.sin(i),this.y=Math.cos(e)*t,this.z=r*Math.cos(i),this}setFromCylindrical(t){return this.setFromCylindricalCoords(t.radius,t.theta,t.y)}setFromCylindricalCoords(t,e,i){return this.x=t*Math.sin(e),this.y=i,this.z=t*Math.cos(e),this}setFromMatrixPosition(t){let e=t.elements;return this.x=e[12],this.y=e[13],this.z=e[14],this}setFromMatrixScale(t){let e=this.setFromMatrixColumn(t,0).length(),i=this.setFromMatrixColumn(t,1).length(),r=this.setFromMatrixColumn(t,2).length();return this.x=e,this.y=i,this.z=r,this}setFromMatrixColumn(t,e){return this.fromArray(t.elements,e*4)}setFromMatrix3Column(t,e){return this.fromArray(t.elements,e*3)}setFromEuler(t){return this.x=t._x,this.y=t._y,this.z=t._z,this}setFromColor(t){return this.x=t.r,this.y=t.g,this.z=t.b,this}equals(t){return t.x===this.x&&t.y===this.y&&t.z===this.z}fromArray(t,e=0){return this.x=t[e],this.y=t[e+1],this.z=t[e+2],this}toArray(t=[],e=0){return t[e]=this.x,t[e+1]=this.y,t[e+2]=this.z,t}fromBufferAttribute(t,e){return this.x=t.getX(e),this.y=t.getY(e),this.z=t.getZ(e),this}random(){return this.x=Math.random(),this.y=Math.random(),this.z=Math.random(),this}randomDirection(){let t=Math.random()*Math.PI*2,e=Math.random()*2-1,i=Math.sqrt(1-e*e);return this.x=i*Math.cos(t),this.y=e,this.z=i*Math.sin(t),this}*[Symbol.iterator](){yield this.x,yield this.y,yield this.z}},vh=new F,_f=new qe,Jt=class{static{this.prototype.isMatrix3=!0}constructor(t,e,i,r,o,l,c,u,d){this.elements=[1,0,0,0,1,0,0,0,1],t!==void 0&&this.set(t,e,i,r,o,l,c,u,d)}set(t,e,i,r,o,l,c,u,d){let p=this.elements;return p[0]=t,p[1]=r,p[2]=c,p[3]=e,p[4]=o,p[5]=u,p[6]=i,p[7]=l,p[8]=d,this}identity(){return this.set(1,0,0,0,1,0,0,0,1),this}copy(t){let e=this.elements,i=t.elements;return e[0]=i[0],e[1]=i[1],e[2]=i[2],e[3]=i[3],e[4]=i[4],e[5]=i[5],e[6]=i[6],e[7]=i[7],e[8]=i[8],this}extractBasis(t,e,i){return t.setFromMatrix3Column(this,0),e.setFromMatrix3Column(this,1),i.setFromMatrix3Column(this,2),this}setFromMatrix4(t){let e=t.elements;return this.set(e[0],e[4],e[8],e[1],e[5],e[9],e[2],e[6],e[10]),this}multiply(t){return this.multiplyMatrices(this,t)}premultiply(t){return this.multiplyMatrices(t,this)}multiplyMatrices(t,e){let i=t.elements,r=e.elements,o=this.elements,l=i[0],c=i[3],u=i[6],d=i[1],p=i[4],m=i[7],g=i[2],_=i[5],M=i[8],T=r[0],x=r[3],y=r[6],A=r[1],I=r[4],P=r[7],N=r[2],D=r[5],b=r[8];return o[0]=l*T+c*A+u*N,o[3]=l*x+c*I+u*D,o[6]=l*y+c*P+u*b,o[1]=d*T+p*A+m*N,o[4]=d*x+p*I+m*D,o[7]=d*y+p*P+m*b,o[2]=g*T+_*A+M*N,o[5]=g*x+_*I+M*D,o[8]=g*y+_*P+M*b,this}multiplyScalar(t){let e=this.elements;return e[0]*=t,e[3]*=t,e[6]*=t,e[1]*=t,e[4]*=t,e[7]*=t,e[2]*=t,e[5]*=t,e[8]*=t,this}determinant(){let t=this.elements,e=t[0],i=t[1],r=t[2],o=t[3],l=t[4],c=t[5],u=t[6],d=t[7],p=t[8];return e*l*p-e*c*d-i*o*p+i*c*u+r*o*d-r*l*u}invert(){let t=this.elements,e=t[0],i=t[1],r=t[2],o=t[3],l=t[4],c=t[5],u=t[6],d=t[7],p=t[8],m=p*l-c*d,g=c*u-p*o,_=d*o-l*u,M=e*m+i*g+r*_;if(M===0)return this.set(0,0,0,0,0,0,0,0,0);let T=1/M;return t[0]=m*T,t[1]=(r*d-p*i)*T,t[2]=(c*i-r*l)*T,t[3]=g*T,t[4]=(p*e-r*u)*T,t[5]=(r*o-c*e)*T,t[6]=_*T,t[7]=(i*u-d*e)*T,t[8]=(l*e-i*o)*T,this}transpose(){let t,e=this.elements;return t=e[1],e[1]=e[3],e[3]=t,t=e[2],e[2]=e[6],e[6]=t,t=e[5],e[5]=e[7],e[7]=t,this}getNormalMatrix(t){return this.setFromMatrix4(t).invert().transpose()}transposeIntoArray(t){let e=this.elements;return t[0]=e[0],t[1]=e[3],t[2]=e[6],t[3]=e[1],t[4]=e[4],t[5]=e[7],t[6]=e[2],t[7]=e[5],t[8]=e[8],this}setUvTransform(t,e,i,r,o,l,c){let u=Math.cos(o),d=Math.sin(o);return this.set(i*u,i*d,-i*(u*l+d*c)+l+t,-r*d,r*u,-r*(-d*l+u*c)+c+e,0,0,1),this}scale(t,e){return oo("Matrix3: .scale() is deprecated. Use .makeScale() instead."),this.premultiply(yh.makeScale(t,e)),this}rotate(t){return oo("Matrix3: .rotate() is deprecated. Use .makeRotation() instead."),this.premultiply(yh.makeRotation(-t)),this}translate(t,e){return oo("Matrix3: .translate() is deprecated. Use .makeTranslation() instead."),this.premultiply(yh.makeTranslation(t,e)),this}makeTranslation(t,e){return t.isVector2?this.set(1,0,t.x,0,1,t.y,0,0,1):this.set(1,0,t,0,1,e,0,0,1),this}makeRotation(t){let e=Math.cos(t),i=Math.sin(t);return this.set(e,-i,0,i,e,0,0,0,1),this}makeScale(t,e){return this.set(t,0,0,0,e,0,0,0,1),this}equals(t){let e=this.elements,i=t.elements;for(let r=0;r<9;r++)if(e[r]!==i[r])return!1;return!0}fromArray(t,e=0){for(let i=0;i<9;i++)this.elements[i]=t[i+e];return this}toArray(t=[],e=0){let i=this.elements;return t[e]=i[0],t[e+1]=i[1],t[e+2]=i[2],t[e+3]=i[3],t[e+4]=i[4],t[e+5]=i[5],t[e+6]=i[6],t[e+7]=i[7],t[e+8]=i[8],t}clone(){return new this.constructor().fromArray(this.elements)}},yh=new Jt,vf=new Jt().set(.4123908,.3575843,.1804808,.212639,.7151687,.0721923,.0193308,.1191948,.9505322),yf=new Jt().set(3.2409699,-1.5373832,-.4986108,-.9692436,1.8759675,.0415551,.0556301,-.203977,1.0569715);function B0(){let n={enabled:!0,workingColorSpace:Ds,spaces:{},convert:function(r,o,l){return this.enabled===!1||o===l||!o||!l||(this.spaces[o].transfer===ve&&(r.r=Bn(r.r),r.g=Bn(r.g),r.b=Bn(r.b)),this.spaces[o].primaries!==this.spaces[l].primaries&&(r.applyMatrix3(this.spaces[o].toXYZ),r.applyMatrix3(this.spaces[l].fromXYZ)),this.spaces[l].transfer===ve&&(r.r=ur(r.r),r.g=ur(r.g),r.b=ur(r.b))),r},workingToColorSpace:function(r,o){return this.convert(r,this.workingColorSpace,o)},colorSpaceToWorking:function(r,o){return this.convert(r,o,this.workingColorSpace)},getPrimaries:function(r){return this.spaces[r].primaries},getTransfer:function(r){return r===Yn?ho:this.spaces[r].transfer},getToneMappingMode:function(r){return this.spaces[r].outputColorSpaceConfig.toneMappingMode||"standard"},getLuminanceCoefficients:function(r,o=this.workingColorSpace){return r.fromArray(this.spaces[o].luminanceCoefficients)},define:function(r){Object.assign(this.spaces,r)},_getMatrix:function(r,o,l){return r.copy(this.spaces[l].fromXYZ).multiply(this.spaces[o].toXYZ)},_getDrawingBufferColorSpace:function(r){return this.spaces[r].outputColorSpaceConfig.drawingBufferColorSpace},_getUnpackColorSpace:function(r=this.workingColorSpace){return this.spaces[r].workingColorSpaceConfig.unpackColorSpace}},t=[.64,.33,.3,.6,.15,.06],e=[.2126,.7152,.0722],i=[.3127,.329];return n.define({[Ds]:{primaries:t,whitePoint:i,transfer:ho,toXYZ:vf,fromXYZ:yf,luminanceCoefficients:e,workingColorSpaceConfig:{unpackColorSpace:Fi},outputColorSpaceConfig:{drawingBufferColorSpace:Fi}},[Fi]:{primaries:t,whitePoint:i,transfer:ve,toXYZ:vf,fromXYZ:yf,luminanceCoefficients:e,outputColorSpaceConfig:{drawingBufferColorSpace:Fi}}}),n}var ae=B0();function Bn(n){return n<.04045?n*.0773993808:Math.pow(n*.9478672986+.0521327014,2.4)}function ur(n){return n<.0031308?n*12.92:1.055*Math.pow(n,.41666)-.055}var Ks,Xa=class{static getDataURL(t,e="image/png"){if(/^data:/i.test(t.src)||typeof HTMLCanvasElement>"u")return t.src;let i;if(t instanceof HTMLCanvasElement)i=t;else{Ks===void 0&&(Ks=pr("canvas")),Ks.width=t.width,Ks.height=t.height;let r=Ks.getContext("2d");t instanceof ImageData?r.putImageData(t,0,0):r.drawImage(t,0,0,t.width,t.height),i=Ks}return i.toDataURL(e)}static sRGBToLinear(t){if(typeof HTMLImageElement<"u"&&t instanceof HTMLImageElement||typeof HTMLCanvasElement<"u"&&t instanceof HTMLCanvasElement||typeof ImageBitmap<"u"&&t instanceof ImageBitmap){let e=pr("canvas");e.width=t.width,e.height=t.height;let i=e.getContext("2d");i.drawImage(t,0,0,t.width,t.height);let r=i.getImageData(0,0,t.width,t.height),o=r.data;for(let l=0;l<o.length;l++)o[l]=Bn(o[l]/255)*255;return i.putImageData(r,0,0),e}else if(t.data){let e=t.data.slice(0);for(let i=0;i<e.length;i++)e instanceof Uint8Array||e instanceof Uint8ClampedArray?e[i]=Math.floor(Bn(e[i]/255)*255):e[i]=Bn(e[i]);return{data:e,width:t.width,height:t.height}}else return Zt("ImageUtils.sRGBToLinear(): Unsupported image type. No color space conversion applied."),t}},z0=0,_r=class{constructor(t=null){this.isTextureSource=!0,Object.defineProperty(this,"id",{value:z0++}),this.uuid=Lr(),this.data=t,this.dataReady=!0,this.version=0}getSize(t){let e=this.data;return typeof HTMLVideoElement<"u"&&e instanceof HTMLVideoElement?t.set(e.videoWidth,e.videoHeight,0):typeof VideoFrame<"u"&&e instanceof VideoFrame?t.set(e.displayWidth,e.displayHeight,0):e!==null?t.set(e.width||0,e.height||0,e.depth||0):t.set(0,0,0),t}set needsUpdate(t){t===!0&&this.version++}toJSON(t){let e=t===void 0||typeof t=="string";if(!e&&t.images[this.uuid]!==void 0)return t.images[this.uuid];let i={uuid:this.uuid,url:""},r=this.data;if(r!==null){let o;if(Array.isArray(r)){o=[];for(let l=0,c=r.length;l<c;l++)r[l].isDataTexture?o.push(xh(r[l].image)):o.push(xh(r[l]))}else o=xh(r);i.url=o}return e||(t.images[this.uuid]=i),i}};function xh(n){return typeof HTMLImageElement<"u"&&n instanceof HTMLImageElement||typeof HTMLCanvasElement<"u"&&n instanceof HTMLCanvasElement||typeof ImageBitmap<"u"&&n instanceof ImageBitmap?Xa.getDataURL(n):n.data?{data:Array.from(n.data),width:n.width,height:n.height,type:n.data.constructor.name}:(Zt("Texture: Unable to serialize Texture."),{})}var k0=0,Mh=new F,si=class n extends un{constructor(t=n.DEFAULT_IMAGE,e=n.DEFAULT_MAPPING,i=vn,r=vn,o=yi,l=ki,c=pn,u=Hi,d=n.DEFAULT_ANISOTROPY,p=Yn){super(),this.isTexture=!0,Object.defineProperty(this,"id",{value:k0++}),this.uuid=Lr(),this.name="",this.source=new _r(t),this.mipmaps=[],this.mapping=e,this.channel=0,this.wrapS=i,this.wrapT=r,this.magFilter=o,this.minFilter=l,this.anisotropy=d,this.format=c,this.internalFormat=null,this.type=u,this.offset=new Ht(0,0),this.repeat=new Ht(1,1),this.center=new Ht(0,0),this.rotation=0,this.matrixAutoUpdate=!0,this.matrix=new Jt,this.generateMipmaps=!0,this.mipmapsAutoUpdate=!0,this.premultiplyAlpha=!1,this.flipY=!0,this.unpackAlignment=4,this.colorSpace=p,this.userData={},this.updateRanges=[],this.version=0,this.onUpdate=null,this.renderTarget=null,this.isRenderTargetTexture=!1,this.isArrayTexture=!!(t&&t.depth&&t.depth>1),this.pmremVersion=0,this.isPMREMTexture=!1,this.normalized=!1}get width(){return this.source.getSize(Mh).x}get height(){return this.source.getSize(Mh).y}get depth(){return this.source.getSize(Mh).z}get image(){return this.source.data}set image(t){this.source.data=t}updateMatrix(){this.matrix.setUvTransform(this.offset.x,this.offset.y,this.repeat.x,this.repeat.y,this.rotation,this.center.x,this.center.y)}addUpdateRange(t,e){this.updateRanges.push({start:t,count:e})}clearUpdateRanges(){this.updateRanges.length=0}clone(){return new this.constructor().copy(this)}copy(t){return this.name=t.name,this.source=t.source,this.mipmaps=t.mipmaps.slice(0),this.mapping=t.mapping,this.channel=t.channel,this.wrapS=t.wrapS,this.wrapT=t.wrapT,this.magFilter=t.magFilter,this.minFilter=t.minFilter,this.anisotropy=t.anisotropy,this.format=t.format,this.internalFormat=t.internalFormat,this.type=t.type,this.normalized=t.normalized,this.offset.copy(t.offset),this.repeat.copy(t.repeat),this.center.copy(t.center),this.rotation=t.rotation,this.matrixAutoUpdate=t.matrixAutoUpdate,this.matrix.copy(t.matrix),this.generateMipmaps=t.generateMipmaps,this.mipmapsAutoUpdate=t.mipmapsAutoUpdate,this.premultiplyAlpha=t.premultiplyAlpha,this.flipY=t.flipY,this.unpackAlignment=t.unpackAlignment,this.colorSpace=t.colorSpace,this.renderTarget=t.renderTarget,this.isRenderTargetTexture=t.isRenderTargetTexture,this.isPMREMTexture=t.isPMREMTexture,this.isArrayTexture=t.isArrayTexture,this.userData=JSON.parse(JSON.stringify(t.userData)),this.needsUpdate=!0,this}setValues(t){for(let e in t){let i=t[e];if(i===void 0){Zt(`Texture.setValues(): parameter '${e}' has value of undefined.`);continue}let r=this[e];if(r===void 0){Zt(`Texture.setValues(): property '${e}' does not exist.`);continue}r&&i&&r.isVector2&&i.isVector2||r&&i&&r.isVector3&&i.isVector3||r&&i&&r.isMatrix3&&i.isMatrix3?r.copy(i):this[e]=i}}toJSON(t){let e=t===void 0||typeof t=="string";if(!e&&t.textures[this.uuid]!==void 0)return t.textures[this.uuid];let i={metadata:{version:4.7,type:"Texture",generator:"Texture.toJSON"},uuid:this.uuid,name:this.name,image:this.source.toJSON(t).uuid,mapping:this.mapping,channel:this.channel,repeat:[this.repeat.x,this.repeat.y],offset:[this.offset.x,this.offset.y],center:[this.center.x,this.center.y],rotation:this.rotation,wrap:[this.wrapS,this.wrapT],format:this.format,internalFormat:this.internalFormat,type:this.type,normalized:this.normalized,colorSpace:this.colorSpace,minFilter:this.minFilter,magFilter:this.magFilter,anisotropy:this.anisotropy,flipY:this.flipY,generateMipmaps:this.generateMipmaps,mipmapsAutoUpdate:this.mipmapsAutoUpdate,premultiplyAlpha:this.premultiplyAlpha,unpackAlignment:this.unpackAlignment};return Object.keys(this.userData).length>0&&(i.userData=this.userData),e||(t.textures[this.uuid]=i),i}dispose(){this.dispatchEvent({type:"dispose"})}transformUv(t){if(this.mapping!==ou)return t;if(t.applyMatrix3(this.matrix),t.x<0||t.x>1)switch(this.wrapS){case Va:t.x=t.x-Math.floor(t.x);break;case vn:t.x=t.x<0?0:1;break;case Ga:Math.abs(Math.floor(t.x)%2)===1?t.x=Math.ceil(t.x)-t.x:t.x=t.x-Math.floor(t.x);break}if(t.y<0||t.y>1)switch(this.wrapT){case Va:t.y=t.y-Math.floor(t.y);break;case vn:t.y=t.y<0?0:1;break;case Ga:Math.abs(Math.floor(t.y)%2)===1?t.y=Math.ceil(t.y)-t.y:t.y=t.y-Math.floor(t.y);break}return this.flipY&&(t.y=1-t.y),t}set needsUpdate(t){t===!0&&(this.version++,this.source.needsUpdate=!0)}set needsPMREMUpdate(t){t===!0&&this.pmremVersion++}};si.DEFAULT_IMAGE=null;si.DEFAULT_MAPPING=ou;si.DEFAULT_ANISOTROPY=1;var Re=class{static{this.prototype.isVector4=!0}constructor(t=0,e=0,i=0,r=1){this.x=t,this.y=e,this.z=i,this.w=r}get width(){return this.z}set width(t){this.z=t}get height(){return this.w}set height(t){this.w=t}set(t,e,i,r){return this.x=t,this.y=e,this.z=i,this.w=r,this}setScalar(t){return this.x=t,this.y=t,this.z=t,this.w=t,this}setX(t){return this.x=t,this}setY(t){return this.y=t,this}setZ(t){return this.z=t,this}setW(t){return this.w=t,this}setComponent(t,e){switch(t){case 0:this.x=e;break;case 1:this.y=e;break;case 2:this.z=e;break;case 3:this.w=e;break;default:throw new Error("THREE.Vector4: index is out of range: "+t)}return this}getComponent(t){switch(t){case 0:return this.x;case 1:return this.y;case 2:return this.z;case 3:return this.w;default:throw new Error("THREE.Vector4: index is out of range: "+t)}}clone(){return new this.constructor(this.x,this.y,this.z,this.w)}copy(t){return this.x=t.x,this.y=t.y,this.z=t.z,this.w=t.w!==void 0?t.w:1,this}add(t){return this.x+=t.x,this.y+=t.y,this.z+=t.z,this.w+=t.w,this}addScalar(t){return this.x+=t,this.y+=t,this.z+=t,this.w+=t,this}addVectors(t,e){return this.x=t.x+e.x,this.y=t.y+e.y,this.z=t.z+e.z,this.w=t.w+e.w,this}addScaledVector(t,e){return this.x+=t.x*e,this.y+=t.y*e,this.z+=t.z*e,this.w+=t.w*e,this}sub(t){return this.x-=t.x,this.y-=t.y,this.z-=t.z,this.w-=t.w,this}subScalar(t){return this.x-=t,this.y-=t,this.z-=t,this.w-=t,this}subVectors(t,e){return this.x=t.x-e.x,this.y=t.y-e.y,this.z=t.z-e.z,this.w=t.w-e.w,this}multiply(t){return this.x*=t.x,this.y*=t.y,this.z*=t.z,this.w*=t.w,this}multiplyScalar(t){return this.x*=t,this.y*=t,this.z*=t,this.w*=t,this}applyMatrix4(t){let e=this.x,i=this.y,r=this.z,o=this.w,l=t.elements;return this.x=l[0]*e+l[4]*i+l[8]*r+l[12]*o,this.y=l[1]*e+l[5]*i+l[9]*r+l[13]*o,this.z=l[2]*e+l[6]*i+l[10]*r+l[14]*o,this.w=l[3]*e+l[7]*i+l[11]*r+l[15]*o,this}divide(t){return this.x/=t.x,this.y/=t.y,this.z/=t.z,this.w/=t.w,this}divideScalar(t){return this.multiplyScalar(1/t)}setAxisAngleFromQuaternion(t){this.w=2*Math.acos(t.w);let e=Math.sqrt(1-t.w*t.w);return e<1e-4?(this.x=1,this.y=0,this.z=0):(this.x=t.x/e,this.y=t.y/e,this.z=t.z/e),this}setAxisAngleFromRotationMatrix(t){let e,i,r,o,u=t.elements,d=u[0],p=u[4],m=u[8],g=u[1],_=u[5],M=u[9],T=u[2],x=u[6],y=u[10];if(Math.abs(p-g)<.01&&Math.abs(m-T)<.01&&Math.abs(M-x)<.01){if(Math.abs(p+g)<.1&&Math.abs(m+T)<.1&&Math.abs(M+x)<.1&&Math.abs(d+_+y-3)<.1)return this.set(1,0,0,0),this;e=Math.PI;let I=(d+1)/2,P=(_+1)/2,N=(y+1)/2,D=(p+g)/4,b=(m+T)/4,C=(M+x)/4;return I>P&&I>N?I<.01?(i=0,r=.707106781,o=.707106781):(i=Math.sqrt(I),r=D/i,o=b/i):P>N?P<.01?(i=.707106781,r=0,o=.707106781):(r=Math.sqrt(P),i=D/r,o=C/r):N<.01?(i=.707106781,r=.707106781,o=0):(o=Math.sqrt(N),i=b/o,r=C/o),this.set(i,r,o,e),this}let A=Math.sqrt((x-M)*(x-M)+(m-T)*(m-T)+(g-p)*(g-p));return Math.abs(A)<.001&&(A=1),this.x=(x-M)/A,this.y=(m-T)/A,this.z=(g-p)/A,this.w=Math.acos((d+_+y-1)/2),this}setFromMatrixPosition(t){let e=t.elements;return this.x=e[12],this.y=e[13],this.z=e[14],this.w=e[15],this}min(t){return this.x=Math.min(this.x,t.x),this.y=Math.min(this.y,t.y),this.z=Math.min(this.z,t.z),this.w=Math.min(this.w,t.w),this}max(t){return this.x=Math.max(this.x,t.x),this.y=Math.max(this.y,t.y),this.z=Math.max(this.z,t.z),this.w=Math.max(this.w,t.w),this}clamp(t,e){return this.x=le(this.x,t.x,e.x),this.y=le(this.y,t.y,e.y),this.z=le(this.z,t.z,e.z),this.w=le(this.w,t.w,e.w),this}clampScalar(t,e){return this.x=le(this.x,t,e),this.y=le(this.y,t,e),this.z=le(this.z,t,e),this.w=le(this.w,t,e),this}clampLength(t,e){let i=this.length();return this.divideScalar(i||1).multiplyScalar(le(i,t,e))}floor(){return this.x=Math.floor(this.x),this.y=Math.floor(this.y),this.z=Math.floor(this.z),this.w=Math.floor(this.w),this}ceil(){return this.x=Math.ceil(this.x),this.y=Math.ceil(this.y),this.z=Math.ceil(this.z),this.w=Math.ceil(this.w),this}round(){return this.x=Math.round(this.x),this.y=Math.round(this.y),this.z=Math.round(this.z),this.w=Math.round(this.w),this}roundToZero(){return this.x=Math.trunc(this.x),this.y=Math.trunc(this.y),this.z=Math.trunc(this.z),this.w=Math.trunc(this.w),this}negate(){return this.x=-this.x,this.y=-this.y,this.z=-this.z,this.w=-this.w,this}dot(t){return this.x*t.x+this.y*t.y+this.z*t.z+this.w*t.w}lengthSq(){return this.x*this.x+this.y*this.y+this.z*this.z+this.w*this.w}length(){return Math.sqrt(this.x*this.x+this.y*this.y+this.z*this.z+this.w*this.w)}manhattanLength(){return Math.abs(this.x)+Math.abs(this.y)+Math.abs(this.z)+Math.abs(this.w)}normalize(){return this.divideScalar(this.length()||1)}setLength(t){return this.normalize().multiplyScalar(t)}lerp(t,e){return this.x+=(t.x-this.x)*e,this.y+=(t.y-this.y)*e,this.z+=(t.z-this.z)*e,this.w+=(t.w-this.w)*e,this}lerpVectors(t,e,i){return this.x=t.x+(e.x-t.x)*i,this.y=t.y+(e.y-t.y)*i,this.z=t.z+(e.z-t.z)*i,this.w=t.w+(e.w-t.w)*i,this}equals(t){return t.x===this.x&&t.y===this.y&&t.z===this.z&&t.w===this.w}fromArray(t,e=0){return this.x=t[e],this.y=t[e+1],this.z=t[e+2],this.w=t[e+3],this}toArray(t=[],e=0){return t[e]=this.x,t[e+1]=this.y,t[e+2]=this.z,t[e+3]=this.w,t}fromBufferAttribute(t,e){return this.x=t.getX(e),this.y=t.getY(e),this.z=t.getZ(e),this.w=t.getW(e),this}random(){return this.x=Math.random(),this.y=Math.random(),this.z=Math.random(),this.w=Math.random(),this}*[Symbol.iterator](){yield this.x,yield this.y,yield this.z,yield this.w}},Za=class extends un{constructor(t=1,e=1,i={}){super(),i=Object.assign({generateMipmaps:!1,internalFormat:null,minFilter:yi,depthBuffer:!0,stencilBuffer:!1,resolveColorBuffer:!0,resolveDepthBuffer:!0,resolveStencilBuffer:!0,storeMultisampledColorBuffer:!0,storeMultisampledDepthBuffer:!0,storeMultisampledStencilBuffer:!0,depthTexture:null,samples:0,count:1,depth:1,multiview:!1,useArrayDepthTexture:!1},i),this.isRenderTarget=!0,this.width=t,this.height=e,this.depth=i.depth,this.scissor=new Re(0,0,t,e),this.scissorTest=!1,this.viewport=new Re(0,0,t,e),this.textures=[];let r=i.count;for(let o=0;o<r;o++)this.textures[o]=new si({width:t,height:e,depth:i.depth}),this.textures[o].isRenderTargetTexture=!0,this.textures[o].renderTarget=this;this._setTextureOptions(i),this.depthBuffer=i.depthBuffer,this.stencilBuffer=i.stencilBuffer,this.resolveColorBuffer=i.resolveColorBuffer,this.resolveDepthBuffer=i.resolveDepthBuffer,this.resolveStencilBuffer=i.resolveStencilBuffer,this.storeMultisampledColorBuffer=i.storeMultisampledColorBuffer,this.storeMultisampledDepthBuffer=i.storeMultisampledDepthBuffer,this.storeMultisampledStencilBuffer=i.storeMultisampledStencilBuffer,this._depthTexture=null,this.depthTexture=i.depthTexture,this.samples=i.samples,this.multiview=i.multiview,this.useArrayDepthTexture=i.useArrayDepthTexture}_setTextureOptions(t={}){let e={minFilter:yi,generateMipmaps:!1,flipY:!1,internalFormat:null};t.mapping!==void 0&&(e.mapping=t.mapping),t.wrapS!==void 0&&(e.wrapS=t.wrapS),t.wrapT!==void 0&&(e.wrapT=t.wrapT),t.wrapR!==void 0&&(e.wrapR=t.wrapR),t.magFilter!==void 0&&(e.magFilter=t.magFilter),t.minFilter!==void 0&&(e.minFilter=t.minFilter),t.format!==void 0&&(e.format=t.format),t.type!==void 0&&(e.type=t.type),t.anisotropy!==void 0&&(e.anisotropy=t.anisotropy),t.colorSpace!==void 0&&(e.colorSpace=t.colorSpace),t.flipY!==void 0&&(e.flipY=t.flipY),t.generateMipmaps!==void 0&&(e.generateMipmaps=t.generateMipmaps),t.mipmapsAutoUpdate!==void 0&&(e.mipmapsAutoUpdate=t.mipmapsAutoUpdate),t.internalFormat!==void 0&&(e.internalFormat=t.internalFormat);for(let i=0;i<this.textures.length;i++)this.textures[i].setValues(e)}get texture(){return this.textures[0]}set texture(t){this.textures[0]=t}set depthTexture(t){this._depthTexture!==null&&this._depthTexture.renderTarget===this&&(this._depthTexture.renderTarget=null),t!==null&&t.renderTarget===null&&(t.renderTarget=this),this._depthTexture=t}get depthTexture(){return this._depthTexture}setSize(t,e,i=1){if(this.width!==t||this.height!==e||this.depth!==i){this.width=t,this.height=e,this.depth=i;for(let r=0,o=this.textures.length;r<o;r++)this.textures[r].image.width=t,this.textures[r].image.height=e,this.textures[r].image.depth=i,this.textures[r].isData3DTexture!==!0&&(this.textures[r].isArrayTexture=this.textures[r].image.depth>1);this.dispose()}this.viewport.set(0,0,t,e),this.scissor.set(0,0,t,e)}clone(){return new this.constructor().copy(this)}copy(t){this.width=t.width,this.height=t.height,this.depth=t.depth,this.scissor.copy(t.scissor),this.scissorTest=t.scissorTest,this.viewport.copy(t.viewport),this.textures.length=0;for(let e=0,i=t.textures.length;e<i;e++){this.textures[e]=t.textures[e].clone(),this.textures[e].isRenderTargetTexture=!0,this.textures[e].renderTarget=this;let r=Object.assign({},t.textures[e].image);this.textures[e].source=new _r(r)}if(this.depthBuffer=t.depthBuffer,this.stencilBuffer=t.stencilBuffer,this.resolveColorBuffer=t.resolveColorBuffer,this.resolveDepthBuffer=t.resolveDepthBuffer,this.resolveStencilBuffer=t.resolveStencilBuffer,this.storeMultisampledColorBuffer=t.storeMultisampledColorBuffer,this.storeMultisampledDepthBuffer=t.storeMultisampledDepthBuffer,this.storeMultisampledStencilBuffer=t.storeMultisampledStencilBuffer,t.depthTexture!==null)if(t.depthTexture.renderTarget===t){let e=t.depthTexture.clone();e.renderTarget=null,this.depthTexture=e}else this.depthTexture=t.depthTexture;else this.depthTexture=null;return this.samples=t.samples,this.multiview=t.multiview,this.useArrayDepthTexture=t.useArrayDepthTexture,this}dispose(){this.dispatchEvent({type:"dispose"})}},hi=class extends Za{constructor(t=1,e=1,i={}){super(t,e,i),this.isWebGLRenderTarget=!0}},fo=class extends si{constructor(t=null,e=1,i=1,r=1){super(null),this.isDataArrayTexture=!0,this.image={data:t,width:e,height:i,depth:r},this.magFilter=Ae,this.minFilter=Ae,this.wrapR=vn,this.generateMipmaps=!1,this.flipY=!1,this.unpackAlignment=1,this.layerUpdates=new Set}copy(t){return super.copy(t),this.wrapR=t.wrapR,this}addLayerUpdate(t){this.layerUpdates.add(t)}clearLayerUpdates(){this.layerUpdates.clear()}};var qa=class extends si{constructor(t=null,e=1,i=1,r=1){super(null),this.isData3DTexture=!0,this.image={data:t,width:e,height:i,depth:r},this.magFilter=Ae,this.minFilter=Ae,this.wrapR=vn,this.generateMipmaps=!1,this.flipY=!1,this.unpackAlignment=1}copy(t){return super.copy(t),this.wrapR=t.wrapR,this}};var ce=class n{static{this.prototype.isMatrix4=!0}constructor(t,e,i,r,o,l,c,u,d,p,m,g,_,M,T,x){this.elements=[1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1],t!==void 0&&this.set(t,e,i,r,o,l,c,u,d,p,m,g,_,M,T,x)}set(t,e,i,r,o,l,c,u,d,p,m,g,_,M,T,x){let y=this.elements;return y[0]=t,y[4]=e,y[8]=i,y[12]=r,y[1]=o,y[5]=l,y[9]=c,y[13]=u,y[2]=d,y[6]=p,y[10]=m,y[14]=g,y[3]=_,y[7]=M,y[11]=T,y[15]=x,this}identity(){return this.set(1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1),this}clone(){return new n().fromArray(this.elements)}copy(t){let e=this.elements,i=t.elements;return e[0]=i[0],e[1]=i[1],e[2]=i[2],e[3]=i[3],e[4]=i[4],e[5]=i[5],e[6]=i[6],e[7]=i[7],e[8]=i[8],e[9]=i[9],e[10]=i[10],e[11]=i[11],e[12]=i[12],e[13]=i[13],e[14]=i[14],e[15]=i[15],this}copyPosition(t){let e=this.elements,i=t.elements;return e[12]=i[12],e[13]=i[13],e[14]=i[14],this}setFromMatrix3(t){let e=t.elements;return this.set(e[0],e[3],e[6],0,e[1],e[4],e[7],0,e[2],e[5],e[8],0,0,0,0,1),this}extractBasis(t,e,i){return this.determinantAffine()===0?(t.set(1,0,0),e.set(0,1,0),i.set(0,0,1),this):(t.setFromMatrixColumn(this,0),e.setFromMatrixColumn(this,1),i.setFromMatrixColumn(this,2),this)}makeBasis(t,e,i){return this.set(t.x,e.x,i.x,0,t.y,e.y,i.y,0,t.z,e.z,i.z,0,0,0,0,1),this}extractRotation(t){if(t.determinantAffine()===0)return this.identity();let e=this.elements,i=t.elements,r=1/Js.setFromMatrixColumn(t,0).length(),o=1/Js.setFromMatrixColumn(t,1).length(),l=1/Js.setFromMatrixColumn(t,2).length();return e[0]=i[0]*r,e[1]=i[1]*r,e[2]=i[2]*r,e[3]=0,e[4]=i[4]*o,e[5]=i[5]*o,e[6]=i[6]*o,e[7]=0,e[8]=i[8]*l,e[9]=i[9]*l,e[10]=i[10]*l,e[11]=0,e[12]=0,e[13]=0,e[14]=0,e[15]=1,this}makeRotationFromEuler(t){let e=this.elements,i=t.x,r=t.y,o=t.z,l=Math.cos(i),c=Math.sin(i),u=Math.cos(r),d=Math.sin(r),p=Math.cos(o),m=Math.sin(o);if(t.order==="XYZ"){let g=l*p,_=l*m,M=c*p,T=c*m;e[0]=u*p,e[4]=-u*m,e[8]=d,e[1]=_+M*d,e[5]=g-T*d,e[9]=-c*u,e[2]=T-g*d,e[6]=M+_*d,e[10]=l*u}else if(t.order==="YXZ"){let g=u*p,_=u*m,M=d*p,T=d*m;e[0]=g+T*c,e[4]=M*c-_,e[8]=l*d,e[1]=l*m,e[5]=l*p,e[9]=-c,e[2]=_*c-M,e[6]=T+g*c,e[10]=l*u}else if(t.order==="ZXY"){let g=u*p,_=u*m,M=d*p,T=d*m;e[0]=g-T*c,e[4]=-l*m,e[8]=M+_*c,e[1]=_+M*c,e[5]=l*p,e[9]=T-g*c,e[2]=-l*d,e[6]=c,e[10]=l*u}else if(t.order==="ZYX"){let g=l*p,_=l*m,M=c*p,T=c*m;e[0]=u*p,e[4]=M*d-_,e[8]=g*d+T,e[1]=u*m,e[5]=T*d+g,e[9]=_*d-M,e[2]=-d,e[6]=c*u,e[10]=l*u}else if(t.order==="YZX"){let g=l*u,_=l*d,M=c*u,T=c*d;e[0]=u*p,e[4]=T-g*m,e[8]=M*m+_,e[1]=m,e[5]=l*p,e[9]=-c*p,e[2]=-d*p,e[6]=_*m+M,e[10]=g-T*m}else if(t.order==="XZY"){let g=l*u,_=l*d,M=c*u,T=c*d;e[0]=u*p,e[4]=-m,e[8]=d*p,e[1]=g*m+T,e[5]=l*p,e[9]=_*m-M,e[2]=M*m-_,e[6]=c*p,e[10]=T*m+g}return e[3]=0,e[7]=0,e[11]=0,e[12]=0,e[13]=0,e[14]=0,e[15]=1,this}makeRotationFromQuaternion(t){return this.compose(H0,t,V0)}lookAt(t,e,i){let r=this.elements;return Oi.subVectors(t,e),Oi.lengthSq()===0&&(Oi.z=1),Oi.normalize(),ts.crossVectors(i,Oi),ts.lengthSq()===0&&(Math.abs(i.z)===1?Oi.x+=1e-4:Oi.z+=1e-4,Oi.normalize(),ts.crossVectors(i,Oi)),ts.normalize(),ca.crossVectors(Oi,ts),r[0]=ts.x,r[4]=ca.x,r[8]=Oi.x,r[1]=ts.y,r[5]=ca.y,r[9]=Oi.y,r[2]=ts.z,r[6]=ca.z,r[10]=Oi.z,this}multiply(t){return this.multiplyMatrices(this,t)}premultiply(t){return this.multiplyMatrices(t,this)}multiplyMatrices(t,e){let i=t.elements,r=e.elements,o=this.elements,l=i[0],c=i[4],u=i[8],d=i[12],p=i[1],m=i[5],g=i[9],_=i[13],M=i[2],T=i[6],x=i[10],y=i[14],A=i[3],I=i[7],P=i[11],N=i[15],D=r[0],b=r[4],C=r[8],X=r[12],z=r[1],G=r[5],K=r[9],ot=r[13],B=r[2],it=r[6],Z=r[10],et=r[14],nt=r[3],J=r[7],ct=r[11],dt=r[15];return o[0]=l*D+c*z+u*B+d*nt,o[4]=l*b+c*G+u*it+d*J,o[8]=l*C+c*K+u*Z+d*ct,o[12]=l*X+c*ot+u*et+d*dt,o[1]=p*D+m*z+g*B+_*nt,o[5]=p*b+m*G+g*it+_*J,o[9]=p*C+m*K+g*Z+_*ct,o[13]=p*X+m*ot+g*et+_*dt,o[2]=M*D+T*z+x*B+y*nt,o[6]=M*b+T*G+x*it+y*J,o[10]=M*C+T*K+x*Z+y*ct,o[14]=M*X+T*ot+x*et+y*dt,o[3]=A*D+I*z+P*B+N*nt,o[7]=A*b+I*G+P*it+N*J,o[11]=A*C+I*K+P*Z+N*ct,o[15]=A*X+I*ot+P*et+N*dt,this}multiplyScalar(t){let e=this.elements;return e[0]*=t,e[4]*=t,e[8]*=t,e[12]*=t,e[1]*=t,e[5]*=t,e[9]*=t,e[13]*=t,e[2]*=t,e[6]*=t,e[10]*=t,e[14]*=t,e[3]*=t,e[7]*=t,e[11]*=t,e[15]*=t,this}determinant(){let t=this.elements,e=t[0],i=t[4],r=t[8],o=t[12],l=t[1],c=t[5],u=t[9],d=t[13],p=t[2],m=t[6],g=t[10],_=t[14],M=t[3],T=t[7],x=t[11],y=t[15],A=u*_-d*g,I=c*_-d*m,P=c*g-u*m,N=l*_-d*p,D=l*g-u*p,b=l*m-c*p;return e*(T*A-x*I+y*P)-i*(M*A-x*N+y*D)+r*(M*I-T*N+y*b)-o*(M*P-T*D+x*b)}determinantAffine(){let t=this.elements,e=t[0],i=t[4],r=t[8],o=t[1],l=t[5],c=t[9],u=t[2],d=t[6],p=t[10];return e*(l*p-c*d)-i*(o*p-c*u)+r*(o*d-l*u)}transpose(){let t=this.elements,e;return e=t[1],t[1]=t[4],t[4]=e,e=t[2],t[2]=t[8],t[8]=e,e=t[6],t[6]=t[9],t[9]=e,e=t[3],t[3]=t[12],t[12]=e,e=t[7],t[7]=t[13],t[13]=e,e=t[11],t[11]=t[14],t[14]=e,this}setPosition(t,e,i){let r=this.elements;return t.isVector3?(r[12]=t.x,r[13]=t.y,r[14]=t.z):(r[12]=t,r[13]=e,r[14]=i),this}invert(){let t=this.elements,e=t[0],i=t[1],r=t[2],o=t[3],l=t[4],c=t[5],u=t[6],d=t[7],p=t[8],m=t[9],g=t[10],_=t[11],M=t[12],T=t[13],x=t[14],y=t[15],A=e*c-i*l,I=e*u-r*l,P=e*d-o*l,N=i*u-r*c,D=i*d-o*c,b=r*d-o*u,C=p*T-m*M,X=p*x-g*M,z=p*y-_*M,G=m*x-g*T,K=m*y-_*T,ot=g*y-_*x,B=A*ot-I*K+P*G+N*z-D*X+b*C;if(B===0)return this.set(0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0);let it=1/B;return t[0]=(c*ot-u*K+d*G)*it,t[1]=(r*K-i*ot-o*G)*it,t[2]=(T*b-x*D+y*N)*it,t[3]=(g*D-m*b-_*N)*it,t[4]=(u*z-l*ot-d*X)*it,t[5]=(e*ot-r*z+o*X)*it,t[6]=(x*P-M*b-y*I)*it,t[7]=(p*b-g*P+_*I)*it,t[8]=(l*K-c*z+d*C)*it,t[9]=(i*z-e*K-o*C)*it,t[10]=(M*D-T*P+y*A)*it,t[11]=(m*P-p*D-_*A)*it,t[12]=(c*X-l*G-u*C)*it,t[13]=(e*G-i*X+r*C)*it,t[14]=(T*I-M*N-x*A)*it,t[15]=(p*N-m*I+g*A)*it,this}scale(t){let e=this.elements,i=t.x,r=t.y,o=t.z;return e[0]*=i,e[4]*=r,e[8]*=o,e[1]*=i,e[5]*=r,e[9]*=o,e[2]*=i,e[6]*=r,e[10]*=o,e[3]*=i,e[7]*=r,e[11]*=o,this}getMaxScaleOnAxis(){let t=this.elements,e=t[0]*t[0]+t[1]*t[1]+t[2]*t[2],i=t[4]*t[4]+t[5]*t[5]+t[6]*t[6],r=t[8]*t[8]+t[9]*t[9]+t[10]*t[10];return Math.sqrt(Math.max(e,i,r))}makeTranslation(t,e,i){return t.isVector3?this.set(1,0,0,t.x,0,1,0,t.y,0,0,1,t.z,0,0,0,1):this.set(1,0,0,t,0,1,0,e,0,0,1,i,0,0,0,1),this}makeRotationX(t){let e=Math.cos(t),i=Math.sin(t);return this.set(1,0,0,0,0,e,-i,0,0,i,e,0,0,0,0,1),this}makeRotationY(t){let e=Math.cos(t),i=Math.sin(t);return this.set(e,0,i,0,0,1,0,0,-i,0,e,0,0,0,0,1),this}makeRotationZ(t){let e=Math.cos(t),i=Math.sin(t);return this.set(e,-i,0,0,i,e,0,0,0,0,1,0,0,0,0,1),this}makeRotationAxis(t,e){let i=Math.cos(e),r=Math.sin(e),o=1-i,l=t.x,c=t.y,u=t.z,d=o*l,p=o*c;return this.set(d*l+i,d*c-r*u,d*u+r*c,0,d*c+r*u,p*c+i,p*u-r*l,0,d*u-r*c,p*u+r*l,o*u*u+i,0,0,0,0,1),this}makeScale(t,e,i){return this.set(t,0,0,0,0,e,0,0,0,0,i,0,0,0,0,1),this}makeShear(t,e,i,r,o,l){return this.set(1,i,o,0,t,1,l,0,e,r,1,0,0,0,0,1),this}compose(t,e,i){let r=this.elements,o=e._x,l=e._y,c=e._z,u=e._w,d=o+o,p=l+l,m=c+c,g=o*d,_=o*p,M=o*m,T=l*p,x=l*m,y=c*m,A=u*d,I=u*p,P=u*m,N=i.x,D=i.y,b=i.z;return r[0]=(1-(T+y))*N,r[1]=(_+P)*N,r[2]=(M-I)*N,r[3]=0,r[4]=(_-P)*D,r[5]=(1-(g+y))*D,r[6]=(x+A)*D,r[7]=0,r[8]=(M+I)*b,r[9]=(x-A)*b,r[10]=(1-(g+T))*b,r[11]=0,r[12]=t.x,r[13]=t.y,r[14]=t.z,r[15]=1,this}decompose(t,e,i){let r=this.elements;t.x=r[12],t.y=r[13],t.z=r[14];let o=this.determinantAffine();if(o===0)return i.set(1,1,1),e.identity(),this;let l=Js.set(r[0],r[1],r[2]).length(),c=Js.set(r[4],r[5],r[6]).length(),u=Js.set(r[8],r[9],r[10]).length();o<0&&(l=-l),ln.copy(this);let d=1/l,p=1/c,m=1/u;return ln.elements[0]*=d,ln.elements[1]*=d,ln.elements[2]*=d,ln.elements[4]*=p,ln.elements[5]*=p,ln.elements[6]*=p,ln.elements[8]*=m,ln.elements[9]*=m,ln.elements[10]*=m,e.setFromRotationMatrix(ln),i.x=l,i.y=c,i.z=u,this}makePerspective(t,e,i,r,o,l,c=Ki,u=!1){let d=this.elements,p=2*o/(e-t),m=2*o/(i-r),g=(e+t)/(e-t),_=(i+r)/(i-r),M,T;if(u)M=o/(l-o),T=l*o/(l-o);else if(c===Ki)M=-(l+o)/(l-o),T=-2*l*o/(l-o);else if(c===uo)M=-l/(l-o),T=-l*o/(l-o);else throw new Error("THREE.Matrix4.makePerspective(): Invalid coordinate system: "+c);return d[0]=p,d[4]=0,d[8]=g,d[12]=0,d[1]=0,d[5]=m,d[9]=_,d[13]=0,d[2]=0,d[6]=0,d[10]=M,d[14]=T,d[3]=0,d[7]=0,d[11]=-1,d[15]=0,this}makeOrthographic(t,e,i,r,o,l,c=Ki,u=!1){let d=this.elements,p=2/(e-t),m=2/(i-r),g=-(e+t)/(e-t),_=-(i+r)/(i-r),M,T;if(u)M=1/(l-o),T=l/(l-o);else if(c===Ki)M=-2/(l-o),T=-(l+o)/(l-o);else if(c===uo)M=-1/(l-o),T=-o/(l-o);else throw new Error("THREE.Matrix4.makeOrthographic(): Invalid coordinate system: "+c);return d[0]=p,d[4]=0,d[8]=0,d[12]=g,d[1]=0,d[5]=m,d[9]=0,d[13]=_,d[2]=0,d[6]=0,d[10]=M,d[14]=T,d[3]=0,d[7]=0,d[11]=0,d[15]=1,this}equals(t){let e=this.elements,i=t.elements;for(let r=0;r<16;r++)if(e[r]!==i[r])return!1;return!0}fromArray(t,e=0){for(let i=0;i<16;i++)this.elements[i]=t[i+e];return this}toArray(t=[],e=0){let i=this.elements;return t[e]=i[0],t[e+1]=i[1],t[e+2]=i[2],t[e+3]=i[3],t[e+4]=i[4],t[e+5]=i[5],t[e+6]=i[6],t[e+7]=i[7],t[e+8]=i[8],t[e+9]=i[9],t[e+10]=i[10],t[e+11]=i[11],t[e+12]=i[12],t[e+13]=i[13],t[e+14]=i[14],t[e+15]=i[15],t}},Js=new F,ln=new ce,H0=new F(0,0,0),V0=new F(1,1,1),ts=new F,ca=new F,Oi=new F,xf=new ce,Mf=new qe,os=class n{constructor(t=0,e=0,i=0,r=n.DEFAULT_ORDER){this.isEuler=!0,this._x=t,this._y=e,this._z=i,this._order=r}get x(){return this._x}set x(t){this._x=t,this._onChangeCallback()}get y(){return this._y}set y(t){this._y=t,this._onChangeCallback()}get z(){return this._z}set z(t){this._z=t,this._onChangeCallback()}get order(){return this._order}set order(t){this._order=t,this._onChangeCallback()}set(t,e,i,r=this._order){return this._x=t,this._y=e,this._z=i,this._order=r,this._onChangeCallback(),this}clone(){return new this.constructor(this._x,this._y,this._z,this._order)}copy(t){return this._x=t._x,this._y=t._y,this._z=t._z,this._order=t._order,this._onChangeCallback(),this}setFromRotationMatrix(t,e=this._order,i=!0){let r=t.elements,o=r[0],l=r[4],c=r[8],u=r[1],d=r[5],p=r[9],m=r[2],g=r[6],_=r[10];switch(e){case"XYZ":this._y=Math.asin(le(c,-1,1)),Math.abs(c)<.9999999?(this._x=Math.atan2(-p,_),this._z=Math.atan2(-l,o)):(this._x=Math.atan2(g,d),this._z=0);break;case"YXZ":this._x=Math.asin(-le(p,-1,1)),Math.abs(p)<.9999999?(this._y=Math.atan2(c,_),this._z=Math.atan2(u,d)):(this._y=Math.atan2(-m,o),this._z=0);break;case"ZXY":this._x=Math.asin(le(g,-1,1)),Math.abs(g)<.9999999?(this._y=Math.atan2(-m,_),this._z=Math.atan2(-l,d)):(this._y=0,this._z=Math.atan2(u,o));break;case"ZYX":this._y=Math.asin(-le(m,-1,1)),Math.abs(m)<.9999999?(this._x=Math.atan2(g,_),this._z=Math.atan2(u,o)):(this._x=0,this._z=Math.atan2(-l,d));break;case"YZX":this._z=Math.asin(le(u,-1,1)),Math.abs(u)<.9999999?(this._x=Math.atan2(-p,d),this._y=Math.atan2(-m,o)):(this._x=0,this._y=Math.atan2(c,_));break;case"XZY":this._z=Math.asin(-le(l,-1,1)),Math.abs(l)<.9999999?(this._x=Math.atan2(g,d),this._y=Math.atan2(c,o)):(this._x=Math.atan2(-p,_),this._y=0);break;default:Zt("Euler: .setFromRotationMatrix() encountered an unknown order: "+e)}return this._order=e,i===!0&&this._onChangeCallback(),this}setFromQuaternion(t,e,i){return xf.makeRotationFromQuaternion(t),this.setFromRotationMatrix(xf,e,i)}setFromVector3(t,e=this._order){return this.set(t.x,t.y,t.z,e)}reorder(t){return Mf.setFromEuler(this),this.setFromQuaternion(Mf,t)}equals(t){return t._x===this._x&&t._y===this._y&&t._z===this._z&&t._order===this._order}fromArray(t){return this._x=t[0],this._y=t[1],this._z=t[2],t[3]!==void 0&&(this._order=t[3]),this._onChangeCallback(),this}toArray(t=[],e=0){return t[e]=this._x,t[e+1]=this._y,t[e+2]=this._z,t[e+3]=this._order,t}_onChange(t){return this._onChangeCallback=t,this}_onChangeCallback(){}*[Symbol.iterator](){yield this._x,yield this._y,yield this._z,yield this._order}};os.DEFAULT_ORDER="XYZ";var vr=class{constructor(){this.mask=1}set(t){this.mask=(1<<t|0)>>>0}enable(t){this.mask|=1<<t|0}enableAll(){this.mask=-1}toggle(t){this.mask^=1<<t|0}disable(t){this.mask&=~(1<<t|0)}disableAll(){this.mask=0}test(t){return(this.mask&t.mask)!==0}isEnabled(t){return(this.mask&(1<<t|0))!==0}},G0=0,bf=new F,Qs=new qe,Dn=new ce,ha=new F,eo=new F,W0=new F,X0=new qe,Sf=new F(1,0,0),wf=new F(0,1,0),Ef=new F(0,0,1),Tf={type:"added"},Z0={type:"removed"},tr={type:"childadded",child:null},bh={type:"childremoved",child:null},Ai=class n extends un{constructor(){super(),this.isObject3D=!0,Object.defineProperty(this,"id",{value:G0++}),this.uuid=Lr(),this.name="",this.type="Object3D",this.parent=null,this.children=[],this.up=n.DEFAULT_UP.clone();let t=new F,e=new os,i=new qe,r=new F(1,1,1);function o(){i.setFromEuler(e,!1)}function l(){e.setFromQuaternion(i,void 0,!1)}e._onChange(o),i._onChange(l),Object.defineProperties(this,{position:{configurable:!0,enumerable:!0,value:t},rotation:{configurable:!0,enumerable:!0,value:e},quaternion:{configurable:!0,enumerable:!0,value:i},scale:{configurable:!0,enumerable:!0,value:r},modelViewMatrix:{value:new ce},normalMatrix:{value:new Jt}}),this.matrix=new ce,this.matrixWorld=new ce,this.matrixAutoUpdate=n.DEFAULT_MATRIX_AUTO_UPDATE,this.matrixWorldAutoUpdate=n.DEFAULT_MATRIX_WORLD_AUTO_UPDATE,this.matrixWorldNeedsUpdate=!1,this.layers=new vr,this.visible=!0,this.castShadow=!1,this.receiveShadow=!1,this.frustumCulled=!0,this.renderOrder=0,this.animations=[],this.customDepthMaterial=void 0,this.customDistanceMaterial=void 0,this.static=!1,this.userData={},this.pivot=null}onBeforeShadow(){}onAfterShadow(){}onBeforeRender(){}onAfterRender(){}applyMatrix4(t){this.matrixAutoUpdate&&this.updateMatrix(),this.matrix.premultiply(t),this.matrix.decompose(this.position,this.quaternion,this.scale),this.pivot!==null&&this.position.copy(this.pivot).applyMatrix4(this.matrix).sub(this.pivot)}applyQuaternion(t){return this.quaternion.premultiply(t),this}setRotationFromAxisAngle(t,e){this.quaternion.setFromAxisAngle(t,e)}setRotationFromEuler(t){this.quaternion.setFromEuler(t,!0)}setRotationFromMatrix(t){this.quaternion.setFromRotationMatrix(t)}setRotationFromQuaternion(t){this.quaternion.copy(t)}rotateOnAxis(t,e){return Qs.setFromAxisAngle(t,e),this.quaternion.multiply(Qs),this}rotateOnWorldAxis(t,e){return Qs.setFromAxisAngle(t,e),this.quaternion.premultiply(Qs),this}rotateX(t){return this.rotateOnAxis(Sf,t)}rotateY(t){return this.rotateOnAxis(wf,t)}rotateZ(t){return this.rotateOnAxis(Ef,t)}translateOnAxis(t,e){return bf.copy(t).applyQuaternion(this.quaternion),this.position.add(bf.multiplyScalar(e)),this}translateX(t){return this.translateOnAxis(Sf,t)}translateY(t){return this.translateOnAxis(wf,t)}translateZ(t){return this.translateOnAxis(Ef,t)}localToWorld(t){return this.updateWorldMatrix(!0,!1),t.applyMatrix4(this.matrixWorld)}worldToLocal(t){return this.updateWorldMatrix(!0,!1),t.applyMatrix4(Dn.copy(this.matrixWorld).invert())}lookAt(t,e,i){t.isVector3?ha.copy(t):ha.set(t,e,i);let r=this.parent;this.updateWorldMatrix(!0,!1),eo.setFromMatrixPosition(this.matrixWorld),this.isCamera||this.isLight?Dn.lookAt(eo,ha,this.up):Dn.lookAt(ha,eo,this.up),this.quaternion.setFromRotationMatrix(Dn),r&&(Dn.extractRotation(r.matrixWorld),Qs.setFromRotationMatrix(Dn),this.quaternion.premultiply(Qs.invert()))}add(t){if(arguments.length>1){for(let e=0;e<arguments.length;e++)this.add(arguments[e]);return this}return t===this?(Kt("Object3D.add: object can't be added as a child of itself.",t),this):(t&&t.isObject3D?(t.removeFromParent(),t.parent=this,this.children.push(t),t.dispatchEvent(Tf),tr.child=t,this.dispatchEvent(tr),tr.child=null):Kt("Object3D.add: object not an instance of THREE.Object3D.",t),this)}remove(t){if(arguments.length>1){for(let i=0;i<arguments.length;i++)this.remove(arguments[i]);return this}let e=this.children.indexOf(t);return e!==-1&&(t.parent=null,this.children.splice(e,1),t.dispatchEvent(Z0),bh.child=t,this.dispatchEvent(bh),bh.child=null),this}removeFromParent(){let t=this.parent;return t!==null&&t.remove(this),this}clear(){return this.remove(...this.children)}attach(t){return this.updateWorldMatrix(!0,!1),Dn.copy(this.matrixWorld).invert(),t.parent!==null&&(t.parent.updateWorldMatrix(!0,!1),Dn.multiply(t.parent.matrixWorld)),t.applyMatrix4(Dn),t.removeFromParent(),t.parent=this,this.children.push(t),t.updateWorldMatrix(!1,!0),t.dispatchEvent(Tf),tr.child=t,this.dispatchEvent(tr),tr.child=null,this}getObjectById(t){return this.getObjectByProperty("id",t)}getObjectByName(t){return this.getObjectByProperty("name",t)}getObjectByProperty(t,e){if(this[t]===e)return this;for(let i=0,r=this.children.length;i<r;i++){let l=this.children[i].getObjectByProperty(t,e);if(l!==void 0)return l}}getObjectsByProperty(t,e,i=[]){this[t]===e&&i.push(this);let r=this.children;for(let o=0,l=r.length;o<l;o++)r[o].getObjectsByProperty(t,e,i);return i}getWorldPosition(t){return this.updateWorldMatrix(!0,!1),t.setFromMatrixPosition(this.matrixWorld)}getWorldQuaternion(t){return this.updateWorldMatrix(!0,!1),this.matrixWorld.decompose(eo,t,W0),t}getWorldScale(t){return this.updateWorldMatrix(!0,!1),this.matrixWorld.decompose(eo,X0,t),t}getWorldDirection(t){this.updateWorldMatrix(!0,!1);let e=this.matrixWorld.elements;return t.set(e[8],e[9],e[10]).normalize()}raycast(){}intersectsFrustum(){return!0}traverse(t){t(this);let e=this.children;for(let i=0,r=e.length;i<r;i++)e[i].traverse(t)}traverseVisible(t){if(this.visible===!1)return;t(this);let e=this.children;for(let i=0,r=e.length;i<r;i++)e[i].traverseVisible(t)}traverseAncestors(t){let e=this.parent;e!==null&&(t(e),e.traverseAncestors(t))}updateMatrix(){this.matrix.compose(this.position,this.quaternion,this.scale);let t=this.pivot;if(t!==null){let e=t.x,i=t.y,r=t.z,o=this.matrix.elements;o[12]+=e-o[0]*e-o[4]*i-o[8]*r,o[13]+=i-o[1]*e-o[5]*i-o[9]*r,o[14]+=r-o[2]*e-o[6]*i-o[10]*r}this.matrixWorldNeedsUpdate=!0}updateMatrixWorld(t){this.matrixAutoUpdate&&this.updateMatrix(),(this.matrixWorldNeedsUpdate||t)&&(this.matrixWorldAutoUpdate===!0&&(this.parent===null?this.matrixWorld.copy(this.matrix):this.matrixWorld.multiplyMatrices(this.parent.matrixWorld,this.matrix)),this.matrixWorldNeedsUpdate=!1,t=!0);let e=this.children;for(let i=0,r=e.length;i<r;i++)e[i].updateMatrixWorld(t)}updateWorldMatrix(t,e,i=!1){let r=this.parent;if(t===!0&&r!==null&&r.updateWorldMatrix(!0,!1),this.matrixAutoUpdate&&this.updateMatrix(),(this.matrixWorldNeedsUpdate||i)&&(this.matrixWorldAutoUpdate===!0&&(this.parent===null?this.matrixWorld.copy(this.matrix):this.matrixWorld.multiplyMatrices(this.parent.matrixWorld,this.matrix)),this.matrixWorldNeedsUpdate=!1,i=!0),e===!0){let o=this.children;for(let l=0,c=o.length;l<c;l++)o[l].updateWorldMatrix(!1,!0,i)}}toJSON(t){let e=t===void 0||typeof t=="string",i={};e&&(t={geometries:{},materials:{},textures:{},images:{},shapes:{},skeletons:{},animations:{},nodes:{}},i.metadata={version:4.7,type:"Object",generator:"Object3D.toJSON"});let r={};r.uuid=this.uuid,r.type=this.type,r.name=this.name,r.castShadow=this.castShadow,r.receiveShadow=this.receiveShadow,r.visible=this.visible,r.frustumCulled=this.frustumCulled,r.renderOrder=this.renderOrder,r.static=this.static,r.matrixAutoUpdate=this.matrixAutoUpdate,Object.keys(this.userData).length>0&&(r.userData=this.userData),r.layers=this.layers.mask,r.matrix=this.matrix.toArray(),r.up=this.up.toArray(),this.pivot!==null&&(r.pivot=this.pivot.toArray()),this.morphTargetDictionary!==void 0&&(r.morphTargetDictionary=Object.assign({},this.morphTargetDictionary)),this.morphTargetInfluences!==void 0&&(r.morphTargetInfluences=this.morphTargetInfluences.slice()),this.isInstancedMesh&&(r.type="InstancedMesh",r.count=this.count,r.instanceMatrix=this.instanceMatrix.toJSON(),this.instanceColor!==null&&(r.instanceColor=this.instanceColor.toJSON())),this.isBatchedMesh&&(r.type="BatchedMesh",r.perObjectFrustumCulled=this.perObjectFrustumCulled,r.sortObjects=this.sortObjects,r.drawRanges=this._drawRanges,r.reservedRanges=this._reservedRanges,r.geometryInfo=this._geometryInfo.map(c=>({...c,boundingBox:c.boundingBox?c.boundingBox.toJSON():void 0,boundingSphere:c.boundingSphere?c.boundingSphere.toJSON():void 0})),r.instanceInfo=this._instanceInfo.map(c=>({...c})),r.availableInstanceIds=this._availableInstanceIds.slice(),r.availableGeometryIds=this._availableGeometryIds.slice(),r.nextIndexStart=this._nextIndexStart,r.nextVertexStart=this._nextVertexStart,r.geometryCount=this._geometryCount,r.maxInstanceCount=this._maxInstanceCount,r.maxVertexCount=this._maxVertexCount,r.maxIndexCount=this._maxIndexCount,r.geometryInitialized=this._geometryInitialized,r.matricesTexture=this._matricesTexture.toJSON(t),r.indirectTexture=this._indirectTexture.toJSON(t),this._colorsTexture!==null&&(r.colorsTexture=this._colorsTexture.toJSON(t)),this.boundingSphere!==null&&(r.boundingSphere=this.boundingSphere.toJSON()),this.boundingBox!==null&&(r.boundingBox=this.boundingBox.toJSON()));function o(c,u){return c[u.uuid]===void 0&&(c[u.uuid]=u.toJSON(t)),u.uuid}if(this.isScene)this.background&&(this.background.isColor?r.background=this.background.toJSON():this.background.isTexture&&(r.background=this.background.toJSON(t).uuid)),this.environment&&this.environment.isTexture&&this.environment.isRenderTargetTexture!==!0&&(r.environment=this.environment.toJSON(t).uuid);else if(this.isMesh||this.isLine||this.isPoints){r.geometry=o(t.geometries,this.geometry);let c=this.geometry.parameters;if(c!==void 0&&c.shapes!==void 0){let u=c.shapes;if(Array.isArray(u))for(let d=0,p=u.length;d<p;d++){let m=u[d];o(t.shapes,m)}else o(t.shapes,u)}}if(this.isSkinnedMesh&&(r.bindMode=this.bindMode,r.bindMatrix=this.bindMatrix.toArray(),this.skeleton!==void 0&&(o(t.skeletons,this.skeleton),r.skeleton=this.skeleton.uuid)),this.material!==void 0)if(Array.isArray(this.material)){let c=[];for(let u=0,d=this.material.length;u<d;u++)c.push(o(t.materials,this.material[u]));r.material=c}else r.material=o(t.materials,this.material);if(this.children.length>0){r.children=[];for(let c=0;c<this.children.length;c++)r.children.push(this.children[c].toJSON(t).object)}if(this.animations.length>0){r.animations=[];for(let c=0;c<this.animations.length;c++){let u=this.animations[c];r.animations.push(o(t.animations,u))}}if(e){let c=l(t.geometries),u=l(t.materials),d=l(t.textures),p=l(t.images),m=l(t.shapes),g=l(t.skeletons),_=l(t.animations),M=l(t.nodes);c.length>0&&(i.geometries=c),u.length>0&&(i.materials=u),d.length>0&&(i.textures=d),p.length>0&&(i.images=p),m.length>0&&(i.shapes=m),g.length>0&&(i.skeletons=g),_.length>0&&(i.animations=_),M.length>0&&(i.nodes=M)}return i.object=r,i;function l(c){let u=[];for(let d in c){let p=c[d];delete p.metadata,u.push(p)}return u}}clone(t){return new this.constructor().copy(this,t)}copy(t,e=!0){if(this.name=t.name,this.up.copy(t.up),this.position.copy(t.position),this.rotation.order=t.rotation.order,this.quaternion.copy(t.quaternion),this.scale.copy(t.scale),this.pivot=t.pivot!==null?t.pivot.clone():null,this.matrix.copy(t.matrix),this.matrixWorld.copy(t.matrixWorld),this.matrixAutoUpdate=t.matrixAutoUpdate,this.matrixWorldAutoUpdate=t.matrixWorldAutoUpdate,this.matrixWorldNeedsUpdate=t.matrixWorldNeedsUpdate,this.layers.mask=t.layers.mask,this.visible=t.visible,this.castShadow=t.castShadow,this.receiveShadow=t.receiveShadow,this.frustumCulled=t.frustumCulled,this.renderOrder=t.renderOrder,this.static=t.static,this.animations=t.animations.slice(),this.userData=JSON.parse(JSON.stringify(t.userData)),e===!0)for(let i=0;i<t.children.length;i++){let r=t.children[i];this.add(r.clone())}return this}dispose(){this.dispatchEvent({type:"dispose"})}};Ai.DEFAULT_UP=new F(0,1,0);Ai.DEFAULT_MATRIX_AUTO_UPDATE=!0;Ai.DEFAULT_MATRIX_WORLD_AUTO_UPDATE=!0;var ci=class extends Ai{constructor(){super(),this.isGroup=!0,this.type="Group"}},q0={type:"move"},yr=class{constructor(){this._targetRay=null,this._grip=null,this._hand=null}getHandSpace(){return this._hand===null&&(this._hand=new ci,this._hand.matrixAutoUpdate=!1,this._hand.visible=!1,this._hand.joints={},this._hand.inputState={pinching:!1}),this._hand}getTargetRaySpace(){return this._targetRay===null&&(this._targetRay=new ci,this._targetRay.matrixAutoUpdate=!1,this._targetRay.visible=!1,this._targetRay.hasLinearVelocity=!1,this._targetRay.linearVelocity=new F,this._targetRay.hasAngularVelocity=!1,this._targetRay.angularVelocity=new F),this._targetRay}getGripSpace(){return this._grip===null&&(this._grip=new ci,this._grip.matrixAutoUpdate=!1,this._grip.visible=!1,this._grip.hasLinearVelocity=!1,this._grip.linearVelocity=new F,this._grip.hasAngularVelocity=!1,this._grip.angularVelocity=new F,this._grip.eventsEnabled=!1),this._grip}dispatchEvent(t){return this._targetRay!==null&&this._targetRay.dispatchEvent(t),this._grip!==null&&this._grip.dispatchEvent(t),this._hand!==null&&this._hand.dispatchEvent(t),this}connect(t){if(t&&t.hand){let e=this._hand;if(e)for(let i of t.hand.values())this._getHandJoint(e,i)}return this.dispatchEvent({type:"connected",data:t}),this}disconnect(t){return this.dispatchEvent({type:"disconnected",data:t}),this._targetRay!==null&&(this._targetRay.visible=!1),this._grip!==null&&(this._grip.visible=!1),this._hand!==null&&(this._hand.visible=!1),this}update(t,e,i){let r=null,o=null,l=null,c=this._targetRay,u=this._grip,d=this._hand;if(t&&e.session.visibilityState!=="visible-blurred"){if(d&&t.hand){l=!0;for(let T of t.hand.values()){let x=e.getJointPose(T,i),y=this._getHandJoint(d,T);x!==null&&(y.matrix.fromArray(x.transform.matrix),y.matrix.decompose(y.position,y.quaternion,y.scale),y.matrixWorldNeedsUpdate=!0,y.jointRadius=x.radius),y.visible=x!==null}let p=d.joints["index-finger-tip"],m=d.joints["thumb-tip"],g=p.position.distanceTo(m.position),_=.02,M=.005;d.inputState.pinching&&g>_+M?(d.inputState.pinching=!1,this.dispatchEvent({type:"pinchend",handedness:t.handedness,target:this})):!d.inputState.pinching&&g<=_-M&&(d.inputState.pinching=!0,this.dispatchEvent({type:"pinchstart",handedness:t.handedness,target:this}))}else u!==null&&t.gripSpace&&(o=e.getPose(t.gripSpace,i),o!==null&&(u.matrix.fromArray(o.transform.matrix),u.matrix.decompose(u.position,u.quaternion,u.scale),u.matrixWorldNeedsUpdate=!0,o.linearVelocity?(u.hasLinearVelocity=!0,u.linearVelocity.copy(o.linearVelocity)):u.hasLinearVelocity=!1,o.angularVelocity?(u.hasAngularVelocity=!0,u.angularVelocity.copy(o.angularVelocity)):u.hasAngularVelocity=!1,u.eventsEnabled&&u.dispatchEvent({type:"gripUpdated",data:t,target:this})));c!==null&&(r=e.getPose(t.targetRaySpace,i),r===null&&o!==null&&(r=o),r!==null&&(c.matrix.fromArray(r.transform.matrix),c.matrix.decompose(c.position,c.quaternion,c.scale),c.matrixWorldNeedsUpdate=!0,r.linearVelocity?(c.hasLinearVelocity=!0,c.linearVelocity.copy(r.linearVelocity)):c.hasLinearVelocity=!1,r.angularVelocity?(c.hasAngularVelocity=!0,c.angularVelocity.copy(r.angularVelocity)):c.hasAngularVelocity=!1,this.dispatchEvent(q0)))}return c!==null&&(c.visible=r!==null),u!==null&&(u.visible=o!==null),d!==null&&(d.visible=l!==null),this}_getHandJoint(t,e){if(t.joints[e.jointName]===void 0){let i=new ci;i.matrixAutoUpdate=!1,i.visible=!1,t.joints[e.jointName]=i,t.add(i)}return t.joints[e.jointName]}},Cp={aliceblue:15792383,antiquewhite:16444375,aqua:65535,aquamarine:8388564,azure:15794175,beige:16119260,bisque:16770244,black:0,blanchedalmond:16772045,blue:255,blueviolet:9055202,brown:10824234,burlywood:14596231,cadetblue:6266528,chartreuse:8388352,chocolate:13789470,coral:16744272,cornflowerblue:6591981,cornsilk:16775388,crimson:14423100,cyan:65535,darkblue:139,darkcyan:35723,darkgoldenrod:12092939,darkgray:11119017,darkgreen:25600,darkgrey:11119017,darkkhaki:12433259,darkmagenta:9109643,darkolivegreen:5597999,darkorange:16747520,darkorchid:10040012,darkred:9109504,darksalmon:15308410,darkseagreen:9419919,darkslateblue:4734347,darkslategray:3100495,darkslategrey:3100495,darkturquoise:52945,darkviolet:9699539,deeppink:16716947,deepskyblue:49151,dimgray:6908265,dimgrey:6908265,dodgerblue:2003199,firebrick:11674146,floralwhite:16775920,forestgreen:2263842,fuchsia:16711935,gainsboro:14474460,ghostwhite:16316671,gold:16766720,goldenrod:14329120,gray:8421504,green:32768,greenyellow:11403055,grey:8421504,honeydew:15794160,hotpink:16738740,indianred:13458524,indigo:4915330,ivory:16777200,khaki:15787660,lavender:15132410,lavenderblush:16773365,lawngreen:8190976,lemonchiffon:16775885,lightblue:11393254,lightcoral:15761536,lightcyan:14745599,lightgoldenrodyellow:16448210,lightgray:13882323,lightgreen:9498256,lightgrey:13882323,lightpink:16758465,lightsalmon:16752762,lightseagreen:2142890,lightskyblue:8900346,lightslategray:7833753,lightslategrey:7833753,lightsteelblue:11584734,lightyellow:16777184,lime:65280,limegreen:3329330,linen:16445670,magenta:16711935,maroon:8388608,mediumaquamarine:6737322,mediumblue:205,mediumorchid:12211667,mediumpurple:9662683,mediumseagreen:3978097,mediumslateblue:8087790,mediumspringgreen:64154,mediumturquoise:4772300,mediumvioletred:13047173,midnightblue:1644912,mintcream:16121850,mistyrose:16770273,moccasin:16770229,navajowhite:16768685,navy:128,oldlace:16643558,olive:8421376,olivedrab:7048739,orange:16753920,orangered:16729344,orchid:14315734,palegoldenrod:15657130,palegreen:10025880,paleturquoise:11529966,palevioletred:14381203,papayawhip:16773077,peachpuff:16767673,peru:13468991,pink:16761035,plum:14524637,powderblue:11591910,purple:8388736,rebeccapurple:6697881,red:16711680,rosybrown:12357519,royalblue:4286945,saddlebrown:9127187,salmon:16416882,sandybrown:16032864,seagreen:3050327,seashell:16774638,sienna:10506797,silver:12632256,skyblue:8900331,slateblue:6970061,slategray:7372944,slategrey:7372944,snow:16775930,springgreen:65407,steelblue:4620980,tan:13808780,teal:32896,thistle:14204888,tomato:16737095,turquoise:4251856,violet:15631086,wheat:16113331,white:16777215,whitesmoke:16119285,yellow:16776960,yellowgreen:10145074},es={h:0,s:0,l:0},ua={h:0,s:0,l:0};function Sh(n,t,e){return e<0&&(e+=1),e>1&&(e-=1),e<1/6?n+(t-n)*6*e:e<1/2?t:e<2/3?n+(t-n)*6*(2/3-e):n}var se=class{constructor(t,e,i){return this.isColor=!0,this.r=1,this.g=1,this.b=1,this.set(t,e,i)}set(t,e,i){if(e===void 0&&i===void 0){let r=t;r&&r.isColor?this.copy(r):typeof r=="number"?this.setHex(r):typeof r=="string"&&this.setStyle(r)}else this.setRGB(t,e,i);return this}setScalar(t){return this.r=t,this.g=t,this.b=t,this}setHex(t,e=Fi){return t=Math.floor(t),this.r=(t>>16&255)/255,this.g=(t>>8&255)/255,this.b=(t&255)/255,ae.colorSpaceToWorking(this,e),this}setRGB(t,e,i,r=ae.workingColorSpace){return this.r=t,this.g=e,this.b=i,ae.colorSpaceToWorking(this,r),this}setHSL(t,e,i,r=ae.workingColorSpace){if(t=yu(t,1),e=le(e,0,1),i=le(i,0,1),e===0)this.r=this.g=this.b=i;else{let o=i<=.5?i*(1+e):i+e-i*e,l=2*i-o;this.r=Sh(l,o,t+1/3),this.g=Sh(l,o,t),this.b=Sh(l,o,t-1/3)}return ae.colorSpaceToWorking(this,r),this}setStyle(t,e=Fi){function i(o){o!==void 0&&parseFloat(o)<1&&Zt("Color: Alpha component of "+t+" will be ignored.")}let r;if(r=/^(\w+)\(([^\)]*)\)/.exec(t)){let o,l=r[1],c=r[2];switch(l){case"rgb":case"rgba":if(o=/^\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*(?:,\s*(\d+(?:\.\d+)?|\.\d+)\s*)?$/.exec(c))return i(o[4]),this.setRGB(Math.min(255,parseInt(o[1],10))/255,Math.min(255,parseInt(o[2],10))/255,Math.min(255,parseInt(o[3],10))/255,e);if(o=/^\s*(\d+(?:\.\d+)?|\.\d+)\%\s*,\s*(\d+(?:\.\d+)?|\.\d+)\%\s*,\s*(\d+(?:\.\d+)?|\.\d+)\%\s*(?:,\s*(\d+(?:\.\d+)?|\.\d+)\s*)?$/.exec(c))return i(o[4]),this.setRGB(Math.min(100,parseFloat(o[1]))/100,Math.min(100,parseFloat(o[2]))/100,Math.min(100,parseFloat(o[3]))/100,e);break;case"hsl":case"hsla":if(o=/^\s*([+-]?(?:\d+(?:\.\d+)?|\.\d+))\s*,\s*(\d+(?:\.\d+)?|\.\d+)\%\s*,\s*(\d+(?:\.\d+)?|\.\d+)\%\s*(?:,\s*(\d+(?:\.\d+)?|\.\d+)\s*)?$/.exec(c))return i(o[4]),this.setHSL(parseFloat(o[1])/360,parseFloat(o[2])/100,parseFloat(o[3])/100,e);break;default:Zt("Color: Unknown color model "+t)}}else if(r=/^\#([A-Fa-f\d]+)$/.exec(t)){let o=r[1],l=o.length;if(l===3)return this.setRGB(parseInt(o.charAt(0),16)/15,parseInt(o.charAt(1),16)/15,parseInt(o.charAt(2),16)/15,e);if(l===6)return this.setHex(parseInt(o,16),e);Zt("Color: Invalid hex color "+t)}else if(t&&t.length>0)return this.setColorName(t,e);return this}setColorName(t,e=Fi){let i=Cp[t.toLowerCase()];return i!==void 0?this.setHex(i,e):Zt("Color: Unknown color "+t),this}clone(){return new this.constructor(this.r,this.g,this.b)}copy(t){return this.r=t.r,this.g=t.g,this.b=t.b,this}copySRGBToLinear(t){return this.r=Bn(t.r),this.g=Bn(t.g),this.b=Bn(t.b),this}copyLinearToSRGB(t){return this.r=ur(t.r),this.g=ur(t.g),this.b=ur(t.b),this}convertSRGBToLinear(){return this.copySRGBToLinear(this),this}convertLinearToSRGB(){return this.copyLinearToSRGB(this),this}getHex(t=Fi){return ae.workingToColorSpace(li.copy(this),t),Math.round(le(li.r*255,0,255))*65536+Math.round(le(li.g*255,0,255))*256+Math.round(le(li.b*255,0,255))}getHexString(t=Fi){return("000000"+this.getHex(t).toString(16)).slice(-6)}getHSL(t,e=ae.workingColorSpace){ae.workingToColorSpace(li.copy(this),e);let i=li.r,r=li.g,o=li.b,l=Math.max(i,r,o),c=Math.min(i,r,o),u,d,p=(c+l)/2;if(c===l)u=0,d=0;else{let m=l-c;switch(d=p<=.5?m/(l+c):m/(2-l-c),l){case i:u=(r-o)/m+(r<o?6:0);break;case r:u=(o-i)/m+2;break;case o:u=(i-r)/m+4;break}u/=6}return t.h=u,t.s=d,t.l=p,t}getRGB(t,e=ae.workingColorSpace){return ae.workingToColorSpace(li.copy(this),e),t.r=li.r,t.g=li.g,t.b=li.b,t}getStyle(t=Fi){ae.workingToColorSpace(li.copy(this),t);let e=li.r,i=li.g,r=li.b;return t!==Fi?`color(${t} ${e.toFixed(3)} ${i.toFixed(3)} ${r.toFixed(3)})`:`rgb(${Math.round(e*255)},${Math.round(i*255)},${Math.round(r*255)})`}offsetHSL(t,e,i){return this.getHSL(es),this.setHSL(es.h+t,es.s+e,es.l+i)}add(t){return this.r+=t.r,this.g+=t.g,this.b+=t.b,this}addColors(t,e){return this.r=t.r+e.r,this.g=t.g+e.g,this.b=t.b+e.b,this}addScalar(t){return this.r+=t,this.g+=t,this.b+=t,this}sub(t){return this.r=Math.max(0,this.r-t.r),this.g=Math.max(0,this.g-t.g),this.b=Math.max(0,this.b-t.b),this}multiply(t){return this.r*=t.r,this.g*=t.g,this.b*=t.b,this}multiplyScalar(t){return this.r*=t,this.g*=t,this.b*=t,this}lerp(t,e){return this.r+=(t.r-this.r)*e,this.g+=(t.g-this.g)*e,this.b+=(t.b-this.b)*e,this}lerpColors(t,e,i){return this.r=t.r+(e.r-t.r)*i,this.g=t.g+(e.g-t.g)*i,this.b=t.b+(e.b-t.b)*i,this}lerpHSL(t,e){this.getHSL(es),t.getHSL(ua);let i=lo(es.h,ua.h,e),r=lo(es.s,ua.s,e),o=lo(es.l,ua.l,e);return this.setHSL(i,r,o),this}setFromVector3(t){return this.r=t.x,this.g=t.y,this.b=t.z,this}applyMatrix3(t){let e=this.r,i=this.g,r=this.b,o=t.elements;return this.r=o[0]*e+o[3]*i+o[6]*r,this.g=o[1]*e+o[4]*i+o[7]*r,this.b=o[2]*e+o[5]*i+o[8]*r,this}equals(t){return t.r===this.r&&t.g===this.g&&t.b===this.b}fromArray(t,e=0){return this.r=t[e],this.g=t[e+1],this.b=t[e+2],this}toArray(t=[],e=0){return t[e]=this.r,t[e+1]=this.g,t[e+2]=this.b,t}fromBufferAttribute(t,e){return this.r=t.getX(e),this.g=t.getY(e),this.b=t.getZ(e),this}toJSON(){return this.getHex()}*[Symbol.iterator](){yield this.r,yield this.g,yield this.b}},li=new se;se.NAMES=Cp;var yn=class extends Ai{constructor(){super(),this.isScene=!0,this.type="Scene",this.background=null,this.environment=null,this.fog=null,this.backgroundBlurriness=0,this.backgroundIntensity=1,this.backgroundRotation=new os,this.environmentIntensity=1,this.environmentRotation=new os,this.overrideMaterial=null,typeof __THREE_DEVTOOLS__<"u"&&__THREE_DEVTOOLS__.dispatchEvent(new CustomEvent("observe",{detail:this}))}copy(t,e){return super.copy(t,e),this.background=t.background!==null?t.background.clone():null,this.environment=t.environment!==null?t.environment.clone():null,this.fog=t.fog!==null?t.fog.clone():null,this.backgroundBlurriness=t.backgroundBlurriness,this.backgroundIntensity=t.backgroundIntensity,this.backgroundRotation.copy(t.backgroundRotation),this.environmentIntensity=t.environmentIntensity,this.environmentRotation.copy(t.environmentRotation),this.overrideMaterial=t.overrideMaterial!==null?t.overrideMaterial.clone():null,this.matrixAutoUpdate=t.matrixAutoUpdate,this}toJSON(t){let e=super.toJSON(t);return this.fog!==null&&(e.object.fog=this.fog.toJSON()),e.object.backgroundBlurriness=this.backgroundBlurriness,e.object.backgroundIntensity=this.backgroundIntensity,e.object.backgroundRotation=this.backgroundRotation.toArray(),e.object.environmentIntensity=this.environmentIntensity,e.object.environmentRotation=this.environmentRotation.toArray(),e}},cn=new F,Nn=new F,wh=new F,On=new F,er=new F,ir=new F,Af=new F,Eh=new F,Th=new F,Ah=new F,Ph=new Re,Ch=new Re,Rh=new Re,rs=class n{constructor(t=new F,e=new F,i=new F){this.a=t,this.b=e,this.c=i}static getNormal(t,e,i,r){r.subVectors(i,e),cn.subVectors(t,e),r.cross(cn);let o=r.lengthSq();return o>0?r.multiplyScalar(1/Math.sqrt(o)):r.set(0,0,0)}static getBarycoord(t,e,i,r,o){cn.subVectors(r,e),Nn.subVectors(i,e),wh.subVectors(t,e);let l=cn.dot(cn),c=cn.dot(Nn),u=cn.dot(wh),d=Nn.dot(Nn),p=Nn.dot(wh),m=l*d-c*c;if(m===0)return o.set(0,0,0),null;let g=1/m,_=(d*u-c*p)*g,M=(l*p-c*u)*g;return o.set(1-_-M,M,_)}static containsPoint(t,e,i,r){return this.getBarycoord(t,e,i,r,On)===null?!1:On.x>=0&&On.y>=0&&On.x+On.y<=1}static getInterpolation(t,e,i,r,o,l,c,u){return this.getBarycoord(t,e,i,r,On)===null?(u.x=0,u.y=0,"z"in u&&(u.z=0),"w"in u&&(u.w=0),null):(u.setScalar(0),u.addScaledVector(o,On.x),u.addScaledVector(l,On.y),u.addScaledVector(c,On.z),u)}static getInterpolatedAttribute(t,e,i,r,o,l){return Ph.setScalar(0),Ch.setScalar(0),Rh.setScalar(0),Ph.fromBufferAttribute(t,e),Ch.fromBufferAttribute(t,i),Rh.fromBufferAttribute(t,r),l.setScalar(0),l.addScaledVector(Ph,o.x),l.addScaledVector(Ch,o.y),l.addScaledVector(Rh,o.z),l}static isFrontFacing(t,e,i,r){return cn.subVectors(i,e),Nn.subVectors(t,e),cn.cross(Nn).dot(r)<0}set(t,e,i){return this.a.copy(t),this.b.copy(e),this.c.copy(i),this}setFromPointsAndIndices(t,e,i,r){return this.a.copy(t[e]),this.b.copy(t[i]),this.c.copy(t[r]),this}setFromAttributeAndIndices(t,e,i,r){return this.a.fromBufferAttribute(t,e),this.b.fromBufferAttribute(t,i),this.c.fromBufferAttribute(t,r),this}clone(){return new this.constructor().copy(this)}copy(t){return this.a.copy(t.a),this.b.copy(t.b),this.c.copy(t.c),this}getArea(){return cn.subVectors(this.c,this.b),Nn.subVectors(this.a,this.b),cn.cross(Nn).length()*.5}getMidpoint(t){return t.addVectors(this.a,this.b).add(this.c).multiplyScalar(1/3)}getNormal(t){return n.getNormal(this.a,this.b,this.c,t)}getPlane(t){return t.setFromCoplanarPoints(this.a,this.b,this.c)}getBarycoord(t,e){return n.getBarycoord(t,this.a,this.b,this.c,e)}getInterpolation(t,e,i,r,o){return n.getInterpolation(t,this.a,this.b,this.c,e,i,r,o)}containsPoint(t){return n.containsPoint(t,this.a,this.b,this.c)}isFrontFacing(t){return n.isFrontFacing(this.a,this.b,this.c,t)}intersectsBox(t){return t.intersectsTriangle(this)}closestPointToPoint(t,e){let i=this.a,r=this.b,o=this.c,l,c;er.subVectors(r,i),ir.subVectors(o,i),Eh.subVectors(t,i);let u=er.dot(Eh),d=ir.dot(Eh);if(u<=0&&d<=0)return e.copy(i);Th.subVectors(t,r);let p=er.dot(Th),m=ir.dot(Th);if(p>=0&&m<=p)return e.copy(r);let g=u*m-p*d;if(g<=0&&u>=0&&p<=0&&u-p>0)return l=u/(u-p),e.copy(i).addScaledVector(er,l);Ah.subVectors(t,o);let _=er.dot(Ah),M=ir.dot(Ah);if(M>=0&&_<=M)return e.copy(o);let T=_*d-u*M;if(T<=0&&d>=0&&M<=0)return c=d/(d-M),e.copy(i).addScaledVector(ir,c);let x=p*M-_*m;if(x<=0&&m-p>=0&&_-M>=0)return Af.subVectors(o,r),c=(m-p)/(m-p+(_-M)),e.copy(r).addScaledVector(Af,c);let y=1/(x+T+g);return l=T*y,c=g*y,e.copy(i).addScaledVector(er,l).addScaledVector(ir,c)}equals(t){return t.a.equals(this.a)&&t.b.equals(this.b)&&t.c.equals(this.c)}},ri=class{constructor(t=new F(1/0,1/0,1/0),e=new F(-1/0,-1/0,-1/0)){this.isBox3=!0,this.min=t,this.max=e}set(t,e){return this.min.copy(t),this.max.copy(e),this}setFromArray(t){this.makeEmpty();for(let e=0,i=t.length;e<i;e+=3)this.expandByPoint(hn.fromArray(t,e));return this}setFromBufferAttribute(t){this.makeEmpty();for(let e=0,i=t.count;e<i;e++)this.expandByPoint(hn.fromBufferAttribute(t,e));return this}setFromPoints(t){this.makeEmpty();for(let e=0,i=t.length;e<i;e++)this.expandByPoint(t[e]);return this}setFromCenterAndSize(t,e){let i=hn.copy(e).multiplyScalar(.5);return this.min.copy(t).sub(i),this.max.copy(t).add(i),this}setFromObject(t,e=!1){return this.makeEmpty(),this.expandByObject(t,e)}clone(){return new this.constructor().copy(this)}copy(t){return this.min.copy(t.min),this.max.copy(t.max),this}makeEmpty(){return this.min.x=this.min.y=this.min.z=1/0,this.max.x=this.max.y=this.max.z=-1/0,this}isEmpty(){return this.max.x<this.min.x||this.max.y<this.min.y||this.max.z<this.min.z}getCenter(t){return this.isEmpty()?t.set(0,0,0):t.addVectors(this.min,this.max).multiplyScalar(.5)}getSize(t){return this.isEmpty()?t.set(0,0,0):t.subVectors(this.max,this.min)}expandByPoint(t){return this.min.min(t),this.max.max(t),this}expandByVector(t){return this.min.sub(t),this.max.add(t),this}expandByScalar(t){return this.min.addScalar(-t),this.max.addScalar(t),this}expandByObject(t,e=!1){t.updateWorldMatrix(!1,!1);let i=t.geometry;if(i!==void 0){let o=i.getAttribute("position");if(e===!0&&o!==void 0&&t.isInstancedMesh!==!0&&t.isBatchedMesh!==!0)for(let l=0,c=o.count;l<c;l++)t.isMesh===!0?t.getVertexPosition(l,hn):hn.fromBufferAttribute(o,l),hn.applyMatrix4(t.matrixWorld),this.expandByPoint(hn);else t.boundingBox!==void 0?(t.boundingBox===null&&t.computeBoundingBox(),da.copy(t.boundingBox)):(i.boundingBox===null&&i.computeBoundingBox(),da.copy(i.boundingBox)),da.applyMatrix4(t.matrixWorld),this.union(da)}let r=t.children;for(let o=0,l=r.length;o<l;o++)this.expandByObject(r[o],e);return this}containsPoint(t){return t.x>=this.min.x&&t.x<=this.max.x&&t.y>=this.min.y&&t.y<=this.max.y&&t.z>=this.min.z&&t.z<=this.max.z}containsBox(t){return this.min.x<=t.min.x&&t.max.x<=this.max.x&&this.min.y<=t.min.y&&t.max.y<=this.max.y&&this.min.z<=t.min.z&&t.max.z<=this.max.z}getParameter(t,e){return e.set((t.x-this.min.x)/(this.max.x-this.min.x),(t.y-this.min.y)/(this.max.y-this.min.y),(t.z-this.min.z)/(this.max.z-this.min.z))}intersectsBox(t){return t.max.x>=this.min.x&&t.min.x<=this.max.x&&t.max.y>=this.min.y&&t.min.y<=this.max.y&&t.max.z>=this.min.z&&t.min.z<=this.max.z}intersectsSphere(t){return this.clampPoint(t.center,hn),hn.distanceToSquared(t.center)<=t.radius*t.radius}intersectsPlane(t){let e,i;return t.normal.x>0?(e=t.normal.x*this.min.x,i=t.normal.x*this.max.x):(e=t.normal.x*this.max.x,i=t.normal.x*this.min.x),t.normal.y>0?(e+=t.normal.y*this.min.y,i+=t.normal.y*this.max.y):(e+=t.normal.y*this.max.y,i+=t.normal.y*this.min.y),t.normal.z>0?(e+=t.normal.z*this.min.z,i+=t.normal.z*this.max.z):(e+=t.normal.z*this.max.z,i+=t.normal.z*this.min.z),e<=-t.constant&&i>=-t.constant}intersectsTriangle(t){if(this.isEmpty())return!1;this.getCenter(io),fa.subVectors(this.max,io),nr.subVectors(t.a,io),sr.subVectors(t.b,io),rr.subVectors(t.c,io),is.subVectors(sr,nr),ns.subVectors(rr,sr),Cs.subVectors(nr,rr);let e=[0,-is.z,is.y,0,-ns.z,ns.y,0,-Cs.z,Cs.y,is.z,0,-is.x,ns.z,0,-ns.x,Cs.z,0,-Cs.x,-is.y,is.x,0,-ns.y,ns.x,0,-Cs.y,Cs.x,0];return!Lh(e,nr,sr,rr,fa)||(e=[1,0,0,0,1,0,0,0,1],!Lh(e,nr,sr,rr,fa))?!1:(pa.crossVectors(is,ns),e=[pa.x,pa.y,pa.z],Lh(e,nr,sr,rr,fa))}clampPoint(t,e){return e.copy(t).clamp(this.min,this.max)}distanceToPoint(t){return this.clampPoint(t,hn).distanceTo(t)}getBoundingSphere(t){return this.isEmpty()?t.makeEmpty():(this.getCenter(t.center),t.radius=this.getSize(hn).length()*.5),t}intersect(t){return this.min.max(t.min),this.max.min(t.max),this.isEmpty()&&this.makeEmpty(),this}union(t){return this.min.min(t.min),this.max.max(t.max),this}applyMatrix4(t){return this.isEmpty()?this:(Un[0].set(this.min.x,this.min.y,this.min.z).applyMatrix4(t),Un[1].set(this.min.x,this.min.y,this.max.z).applyMatrix4(t),Un[2].set(this.min.x,this.max.y,this.min.z).applyMatrix4(t),Un[3].set(this.min.x,this.max.y,this.max.z).applyMatrix4(t),Un[4].set(this.max.x,this.min.y,this.min.z).applyMatrix4(t),Un[5].set(this.max.x,this.min.y,this.max.z).applyMatrix4(t),Un[6].set(this.max.x,this.max.y,this.min.z).applyMatrix4(t),Un[7].set(this.max.x,this.max.y,this.max.z).applyMatrix4(t),this.setFromPoints(Un),this)}translate(t){return this.min.add(t),this.max.add(t),this}equals(t){return t.min.equals(this.min)&&t.max.equals(this.max)}toJSON(){return{min:this.min.toArray(),max:this.max.toArray()}}fromJSON(t){return this.min.fromArray(t.min),this.max.fromArray(t.max),this}},Un=[new F,new F,new F,new F,new F,new F,new F,new F],hn=new F,da=new ri,nr=new F,sr=new F,rr=new F,is=new F,ns=new F,Cs=new F,io=new F,fa=new F,pa=new F,Rs=new F;function Lh(n,t,e,i,r){for(let o=0,l=n.length-3;o<=l;o+=3){Rs.fromArray(n,o);let c=r.x*Math.abs(Rs.x)+r.y*Math.abs(Rs.y)+r.z*Math.abs(Rs.z),u=t.dot(Rs),d=e.dot(Rs),p=i.dot(Rs);if(Math.max(-Math.max(u,d,p),Math.min(u,d,p))>c)return!1}return!0}var Ze=new F,ma=new Ht,Y0=0,ii=class extends un{constructor(t,e,i=!1){if(super(),Array.isArray(t))throw new TypeError("THREE.BufferAttribute: array should be a Typed Array.");this.isBufferAttribute=!0,Object.defineProperty(this,"id",{value:Y0++}),this.name="",this.array=t,this.itemSize=e,this.count=t!==void 0?t.length/e:0,this.normalized=i,this.usage=bp,this.updateRanges=[],this.gpuType=fn,this.version=0,this._normalizationScale=t!==void 0?Mu(t):void 0}onUploadCallback(){}set needsUpdate(t){t===!0&&this.version++}setUsage(t){return this.usage=t,this}addUpdateRange(t,e){this.updateRanges.push({start:t,count:e})}clearUpdateRanges(){this.updateRanges.length=0}copy(t){return this.name=t.name,this.array=new t.array.constructor(t.array),this.itemSize=t.itemSize,this.count=t.count,this.normalized=t.normalized,this.usage=t.usage,this.gpuType=t.gpuType,this._normalizationScale=t._normalizationScale,this}copyAt(t,e,i){t*=this.itemSize,i*=e.itemSize;for(let r=0,o=this.itemSize;r<o;r++)this.array[t+r]=e.array[i+r];return this}copyArray(t){return this.array.set(t),this}applyMatrix3(t){if(this.itemSize===2)for(let e=0,i=this.count;e<i;e++)ma.fromBufferAttribute(this,e),ma.applyMatrix3(t),this.setXY(e,ma.x,ma.y);else if(this.itemSize===3)for(let e=0,i=this.count;e<i;e++)Ze.fromBufferAttribute(this,e),Ze.applyMatrix3(t),this.setXYZ(e,Ze.x,Ze.y,Ze.z);return this}applyMatrix4(t){for(let e=0,i=this.count;e<i;e++)Ze.fromBufferAttribute(this,e),Ze.applyMatrix4(t),this.setXYZ(e,Ze.x,Ze.y,Ze.z);return this}applyNormalMatrix(t){for(let e=0,i=this.count;e<i;e++)Ze.fromBufferAttribute(this,e),Ze.applyNormalMatrix(t),this.setXYZ(e,Ze.x,Ze.y,Ze.z);return this}transformDirection(t){for(let e=0,i=this.count;e<i;e++)Ze.fromBufferAttribute(this,e),Ze.transformDirection(t),this.setXYZ(e,Ze.x,Ze.y,Ze.z);return this}set(t,e=0){return this.array.set(t,e),this}getComponent(t,e){let i=this.array[t*this.itemSize+e];return this.normalized&&(i=this._denormalize(i)),i}setComponent(t,e,i){return this.normalized&&(i=this._normalize(i)),this.array[t*this.itemSize+e]=i,this}getX(t){let e=this.array[t*this.itemSize];return this.normalized&&(e=this._denormalize(e)),e}setX(t,e){return this.normalized&&(e=this._normalize(e)),this.array[t*this.itemSize]=e,this}getY(t){let e=this.array[t*this.itemSize+1];return this.normalized&&(e=this._denormalize(e)),e}setY(t,e){return this.normalized&&(e=this._normalize(e)),this.array[t*this.itemSize+1]=e,this}getZ(t){let e=this.array[t*this.itemSize+2];return this.normalized&&(e=this._denormalize(e)),e}setZ(t,e){return this.normalized&&(e=this._normalize(e)),this.array[t*this.itemSize+2]=e,this}getW(t){let e=this.array[t*this.itemSize+3];return this.normalized&&(e=this._denormalize(e)),e}setW(t,e){return this.normalized&&(e=this._normalize(e)),this.array[t*this.itemSize+3]=e,this}setXY(t,e,i){return t*=this.itemSize,this.normalized&&(e=this._normalize(e),i=this._normalize(i)),this.array[t+0]=e,this.array[t+1]=i,this}setXYZ(t,e,i,r){return t*=this.itemSize,this.normalized&&(e=this._normalize(e),i=this._normalize(i),r=this._normalize(r)),this.array[t+0]=e,this.array[t+1]=i,this.array[t+2]=r,this}setXYZW(t,e,i,r,o){return t*=this.itemSize,this.normalized&&(e=this._normalize(e),i=this._normalize(i),r=this._normalize(r),o=this._normalize(o)),this.array[t+0]=e,this.array[t+1]=i,this.array[t+2]=r,this.array[t+3]=o,this}onUpload(t){return this.onUploadCallback=t,this}clone(){return new this.constructor(this.array,this.itemSize).copy(this)}toJSON(){let t={itemSize:this.itemSize,type:this.array.constructor.name,array:Array.from(this.array),normalized:this.normalized};return t.name=this.name,t.usage=this.usage,t.gpuType=this.gpuType,t}dispose(){this.dispatchEvent({type:"dispose"})}_denormalize(t){let e=this._normalizationScale;return e!==void 0?Math.max(t/e,-1):Ap(t,this.array)}_normalize(t){let e=this._normalizationScale;return e!==void 0?Math.round(t*e):Pp(t,this.array)}};var po=class extends ii{constructor(t,e,i){super(new Uint16Array(t),e,i)}};var mo=class extends ii{constructor(t,e,i){super(new Uint32Array(t),e,i)}};var ni=class extends ii{constructor(t,e,i){super(new Float32Array(t),e,i)}},$0=new ri,no=new F,Ih=new F,xn=class{constructor(t=new F,e=-1){this.isSphere=!0,this.center=t,this.radius=e}set(t,e){return this.center.copy(t),this.radius=e,this}setFromPoints(t,e){let i=this.center;e!==void 0?i.copy(e):$0.setFromPoints(t).getCenter(i);let r=0;for(let o=0,l=t.length;o<l;o++)r=Math.max(r,i.distanceToSquared(t[o]));return this.radius=Math.sqrt(r),this}copy(t){return this.center.copy(t.center),this.radius=t.radius,this}isEmpty(){return this.radius<0}makeEmpty(){return this.center.set(0,0,0),this.radius=-1,this}containsPoint(t){return t.distanceToSquared(this.center)<=this.radius*this.radius}distanceToPoint(t){return t.distanceTo(this.center)-this.radius}intersectsSphere(t){let e=this.radius+t.radius;return t.center.distanceToSquared(this.center)<=e*e}intersectsBox(t){return t.intersectsSphere(this)}intersectsPlane(t){return Math.abs(t.distanceToPoint(this.center))<=this.radius}clampPoint(t,e){let i=this.center.distanceToSquared(t);return e.copy(t),i>this.radius*this.radius&&(e.sub(this.center).normalize(),e.multiplyScalar(this.radius).add(this.center)),e}getBoundingBox(t){return this.isEmpty()?(t.makeEmpty(),t):(t.set(this.center,this.center),t.expandByScalar(this.radius),t)}applyMatrix4(t){return this.center.applyMatrix4(t),this.radius=this.radius*t.getMaxScaleOnAxis(),this}translate(t){return this.center.add(t),this}expandByPoint(t){if(this.isEmpty())return this.center.copy(t),this.radius=0,this;no.subVectors(t,this.center);let e=no.lengthSq();if(e>this.radius*this.radius){let i=Math.sqrt(e),r=(i-this.radius)*.5;this.center.addScaledVector(no,r/i),this.radius+=r}return this}union(t){return t.isEmpty()?this:this.isEmpty()?(this.copy(t),this):(this.center.equals(t.center)===!0?this.radius=Math.max(this.radius,t.radius):(Ih.subVectors(t.center,this.center).setLength(t.radius),this.expandByPoint(no.copy(t.center).add(Ih)),this.expandByPoint(no.copy(t.center).sub(Ih))),this)}equals(t){return t.center.equals(this.center)&&t.radius===this.radius}clone(){return new this.constructor().copy(this)}toJSON(){return{radius:this.radius,center:this.center.toArray()}}fromJSON(t){return this.radius=t.radius,this.center.fromArray(t.center),this}},j0=0,ji=new ce,Dh=new Ai,or=new F,Ui=new ri,so=new ri,Je=new F,He=class n extends un{constructor(){super(),this.isBufferGeometry=!0,Object.defineProperty(this,"id",{value:j0++}),this.uuid=Lr(),this.name="",this.type="BufferGeometry",this.index=null,this.indirect=null,this.indirectOffset=0,this.attributes={},this.morphAttributes={},this.morphTargetsRelative=!1,this.groups=[],this.boundingBox=null,this.boundingSphere=null,this.drawRange={start:0,count:1/0},this.userData={},this._transformed=!1}getIndex(){return this.index}setIndex(t){return Array.isArray(t)?this.index=new(M0(t)?mo:po)(t,1):this.index=t,this}setIndirect(t,e=0){return this.indirect=t,this.indirectOffset=e,this}getIndirect(){return this.indirect}getAttribute(t){return this.attributes[t]}setAttribute(t,e){return this.attributes[t]=e,this}deleteAttribute(t){return delete this.attributes[t],this}hasAttribute(t){return this.attributes[t]!==void 0}addGroup(t,e,i=0){this.groups.push({start:t,count:e,materialIndex:i})}clearGroups(){this.groups=[]}setDrawRange(t,e){this.drawRange.start=t,this.drawRange.count=e}applyMatrix4(t){let e=this.attributes.position;e!==void 0&&(e.applyMatrix4(t),e.needsUpdate=!0);let i=this.attributes.normal;if(i!==void 0){let o=new Jt().getNormalMatrix(t);i.applyNormalMatrix(o),i.needsUpdate=!0}let r=this.attributes.tangent;return r!==void 0&&(r.transformDirection(t),r.needsUpdate=!0),this.boundingBox!==null&&this.computeBoundingBox(),this.boundingSphere!==null&&this.computeBoundingSphere(),this._transformed=!0,this}applyQuaternion(t){return ji.makeRotationFromQuaternion(t),this.applyMatrix4(ji),this}rotateX(t){return ji.makeRotationX(t),this.applyMatrix4(ji),this}rotateY(t){return ji.makeRotationY(t),this.applyMatrix4(ji),this}rotateZ(t){return ji.makeRotationZ(t),this.applyMatrix4(ji),this}translate(t,e,i){return ji.makeTranslation(t,e,i),this.applyMatrix4(ji),this}scale(t,e,i){return ji.makeScale(t,e,i),this.applyMatrix4(ji),this}lookAt(t){return Dh.lookAt(t),Dh.updateMatrix(),this.applyMatrix4(Dh.matrix),this}center(){return this.computeBoundingBox(),this.boundingBox.getCenter(or).negate(),this.translate(or.x,or.y,or.z),this}setFromPoints(t){let e=this.getAttribute("position");if(e===void 0){let i=[];for(let r=0,o=t.length;r<o;r++){let l=t[r];i.push(l.x,l.y,l.z||0)}this.setAttribute("position",new ni(i,3))}else{let i=Math.min(t.length,e.count);for(let r=0;r<i;r++){let o=t[r];e.setXYZ(r,o.x,o.y,o.z||0)}t.length>e.count&&Zt("BufferGeometry: Buffer size too small for points data. Use .dispose() and create a new geometry."),e.needsUpdate=!0}return this}computeBoundingBox(){this.boundingBox===null&&(this.boundingBox=new ri);let t=this.attributes.position,e=this.morphAttributes.position;if(t&&t.isGLBufferAttribute){Kt("BufferGeometry.computeBoundingBox(): GLBufferAttribute requires a manual bounding box.",this),this.boundingBox.set(new F(-1/0,-1/0,-1/0),new F(1/0,1/0,1/0));return}if(t!==void 0){if(this.boundingBox.setFromBufferAttribute(t),e)for(let i=0,r=e.length;i<r;i++){let o=e[i];Ui.setFromBufferAttribute(o),this.morphTargetsRelative?(Je.addVectors(this.boundingBox.min,Ui.min),this.boundingBox.expandByPoint(Je),Je.addVectors(this.boundingBox.max,Ui.max),this.boundingBox.expandByPoint(Je)):(this.boundingBox.expandByPoint(Ui.min),this.boundingBox.expandByPoint(Ui.max))}}else this.boundingBox.makeEmpty();(isNaN(this.boundingBox.min.x)||isNaN(this.boundingBox.min.y)||isNaN(this.boundingBox.min.z))&&Kt('BufferGeometry.computeBoundingBox(): Computed min/max have NaN values. The "position" attribute is likely to have NaN values.',this)}computeBoundingSphere(){this.boundingSphere===null&&(this.boundingSphere=new xn);let t=this.attributes.position,e=this.morphAttributes.position;if(t&&t.isGLBufferAttribute){Kt("BufferGeometry.computeBoundingSphere(): GLBufferAttribute requires a manual bounding sphere.",this),this.boundingSphere.set(new F,1/0);return}if(t){let i=this.boundingSphere.center;if(Ui.setFromBufferAttribute(t),e)for(let o=0,l=e.length;o<l;o++){let c=e[o];so.setFromBufferAttribute(c),this.morphTargetsRelative?(Je.addVectors(Ui.min,so.min),Ui.expandByPoint(Je),Je.addVectors(Ui.max,so.max),Ui.expandByPoint(Je)):(Ui.expandByPoint(so.min),Ui.expandByPoint(so.max))}Ui.getCenter(i);let r=0;for(let o=0,l=t.count;o<l;o++)Je.fromBufferAttribute(t,o),r=Math.max(r,i.distanceToSquared(Je));if(e)for(let o=0,l=e.length;o<l;o++){let c=e[o],u=this.morphTargetsRelative;for(let d=0,p=c.count;d<p;d++)Je.fromBufferAttribute(c,d),u&&(or.fromBufferAttribute(t,d),Je.add(or)),r=Math.max(r,i.distanceToSquared(Je))}this.boundingSphere.radius=Math.sqrt(r),isNaN(this.boundingSphere.radius)&&Kt('BufferGeometry.computeBoundingSphere(): Computed radius is NaN. The "position" attribute is likely to have NaN values.',this)}}computeTangents(){let t=this.index,e=this.attributes;if(t===null||e.position===void 0||e.normal===void 0||e.uv===void 0){Kt("BufferGeometry: .computeTangents() failed. Missing required attributes (index, position, normal or uv)");return}let i=e.position,r=e.normal,o=e.uv,l=this.getAttribute("tangent");(l===void 0||l.count!==i.count)&&(l=new ii(new Float32Array(4*i.count),4),this.setAttribute("tangent",l));let c=[],u=[],d=new Uint8Array(i.count);for(let X=0;X<i.count;X++)c[X]=new F,u[X]=new F;let p=new F,m=new F,g=new F,_=new Ht,M=new Ht,T=new Ht,x=new F,y=new F;function A(X,z,G){d[X]=d[z]=d[G]=1,p.fromBufferAttribute(i,X),m.fromBufferAttribute(i,z),g.fromBufferAttribute(i,G),_.fromBufferAttribute(o,X),M.fromBufferAttribute(o,z),T.fromBufferAttribute(o,G),m.sub(p),g.sub(p),M.sub(_),T.sub(_);let K=1/(M.x*T.y-T.x*M.y);isFinite(K)&&(x.copy(m).multiplyScalar(T.y).addScaledVector(g,-M.y).multiplyScalar(K),y.copy(g).multiplyScalar(M.x).addScaledVector(m,-T.x).multiplyScalar(K),c[X].add(x),c[z].add(x),c[G].add(x),u[X].add(y),u[z].add(y),u[G].add(y))}let I=this.groups;I.length===0&&(I=[{start:0,count:t.count}]);for(let X=0,z=I.length;X<z;++X){let G=I[X],K=G.start,ot=G.count;for(let B=K,it=K+ot;B<it;B+=3)A(t.getX(B+0),t.getX(B+1),t.getX(B+2))}let P=new F,N=new F,D=new F,b=new F;function C(X){D.fromBufferAttribute(r,X),b.copy(D);let z=c[X];P.copy(z),P.sub(D.multiplyScalar(D.dot(z))).normalize(),N.crossVectors(b,z);let K=N.dot(u[X])<0?-1:1;l.setXYZW(X,P.x,P.y,P.z,K)}for(let X=0,z=i.count;X<z;++X)d[X]&&C(X);this._transformed=!0}computeVertexNormals(){let t=this.index,e=this.getAttribute("position");if(e!==void 0){let i=this.getAttribute("normal");if(i===void 0||i.count!==e.count)i=new ii(new Float32Array(e.count*3),3),this.setAttribute("normal",i);else for(let g=0,_=i.count;g<_;g++)i.setXYZ(g,0,0,0);let r=new F,o=new F,l=new F,c=new F,u=new F,d=new F,p=new F,m=new F;if(t)for(let g=0,_=t.count;g<_;g+=3){let M=t.getX(g+0),T=t.getX(g+1),x=t.getX(g+2);r.fromBufferAttribute(e,M),o.fromBufferAttribute(e,T),l.fromBufferAttribute(e,x),p.subVectors(l,o),m.subVectors(r,o),p.cross(m),c.fromBufferAttribute(i,M),u.fromBufferAttribute(i,T),d.fromBufferAttribute(i,x),c.add(p),u.add(p),d.add(p),i.setXYZ(M,c.x,c.y,c.z),i.setXYZ(T,u.x,u.y,u.z),i.setXYZ(x,d.x,d.y,d.z)}else for(let g=0,_=e.count;g<_;g+=3)r.fromBufferAttribute(e,g+0),o.fromBufferAttribute(e,g+1),l.fromBufferAttribute(e,g+2),p.subVectors(l,o),m.subVectors(r,o),p.cross(m),i.setXYZ(g+0,p.x,p.y,p.z),i.setXYZ(g+1,p.x,p.y,p.z),i.setXYZ(g+2,p.x,p.y,p.z);this.normalizeNormals(),i.needsUpdate=!0}}normalizeNormals(){let t=this.attributes.normal;for(let e=0,i=t.count;e<i;e++)Je.fromBufferAttribute(t,e),Je.normalize(),t.setXYZ(e,Je.x,Je.y,Je.z)}toNonIndexed(){function t(c,u){let d=c.array,p=c.itemSize,m=c.normalized,g=new d.constructor(u.length*p),_=0,M=0;for(let T=0,x=u.length;T<x;T++){c.isInterleavedBufferAttribute?_=u[T]*c.data.stride+c.offset:_=u[T]*p;for(let y=0;y<p;y++)g[M++]=d[_++]}return new ii(g,p,m)}if(this.index===null)return Zt("BufferGeometry.toNonIndexed(): BufferGeometry is already non-indexed."),this;let e=new n,i=this.index.array,r=this.attributes;for(let c in r){let u=r[c],d=t(u,i);e.setAttribute(c,d)}let o=this.morphAttributes;for(let c in o){let u=[],d=o[c];for(let p=0,m=d.length;p<m;p++){let g=d[p],_=t(g,i);u.push(_)}e.morphAttributes[c]=u}e.morphTargetsRelative=this.morphTargetsRelative;let l=this.groups;for(let c=0,u=l.length;c<u;c++){let d=l[c];e.addGroup(d.start,d.count,d.materialIndex)}return e}toJSON(){let t={metadata:{version:4.7,type:"BufferGeometry",generator:"BufferGeometry.toJSON"}};if(t.uuid=this.uuid,t.type=this.parameters!==void 0&&this._transformed===!0?"BufferGeometry":this.type,t.name=this.name,Object.keys(this.userData).length>0&&(t.userData=this.userData),this.parameters!==void 0&&this._transformed!==!0){let u=this.parameters;for(let d in u)u[d]!==void 0&&(t[d]=u[d]);return t}t.data={attributes:{}};let e=this.index;e!==null&&(t.data.index={type:e.array.constructor.name,array:Array.prototype.slice.call(e.array)});let i=this.attributes;for(let u in i){let d=i[u];t.data.attributes[u]=d.toJSON(t.data)}let r={},o=!1;for(let u in this.morphAttributes){let d=this.morphAttributes[u],p=[];for(let m=0,g=d.length;m<g;m++){let _=d[m];p.push(_.toJSON(t.data))}p.length>0&&(r[u]=p,o=!0)}o&&(t.data.morphAttributes=r,t.data.morphTargetsRelative=this.morphTargetsRelative);let l=this.groups;l.length>0&&(t.data.groups=JSON.parse(JSON.stringify(l)));let c=this.boundingSphere;return c!==null&&(t.data.boundingSphere=c.toJSON()),t}clone(){return new this.constructor().copy(this)}copy(t){this.index=null,this.attributes={},this.morphAttributes={},this.groups=[],this.boundingBox=null,this.boundingSphere=null;let e={};this.name=t.name;let i=t.index;i!==null&&this.setIndex(i.clone());let r=t.attributes;for(let d in r){let p=r[d];this.setAttribute(d,p.clone(e))}let o=t.morphAttributes;for(let d in o){let p=[],m=o[d];for(let g=0,_=m.length;g<_;g++)p.push(m[g].clone(e));this.morphAttributes[d]=p}this.morphTargetsRelative=t.morphTargetsRelative;let l=t.groups;for(let d=0,p=l.length;d<p;d++){let m=l[d];this.addGroup(m.start,m.count,m.materialIndex)}let c=t.boundingBox;c!==null&&(this.boundingBox=c.clone());let u=t.boundingSphere;return u!==null&&(this.boundingSphere=u.clone()),this.drawRange.start=t.drawRange.start,this.drawRange.count=t.drawRange.count,this.userData=t.userData,this._transformed=t._transformed,this}dispose(){this.dispatchEvent({type:"dispose"})}};var Nh=new F,K0=new F,J0=new Jt,Bi=class{constructor(t=new F(1,0,0),e=0){this.isPlane=!0,this.normal=t,this.constant=e}set(t,e){return this.normal.copy(t),this.constant=e,this}setComponents(t,e,i,r){return this.normal.set(t,e,i),this.constant=r,this}setFromNormalAndCoplanarPoint(t,e){return this.normal.copy(t),this.constant=-e.dot(this.normal),this}setFromCoplanarPoints(t,e,i){let r=Nh.subVectors(i,e).cross(K0.subVectors(t,e)).normalize();return this.setFromNormalAndCoplanarPoint(r,t),this}copy(t){return this.normal.copy(t.normal),this.constant=t.constant,this}normalize(){let t=1/this.normal.length();return this.normal.multiplyScalar(t),this.constant*=t,this}negate(){return this.constant*=-1,this.normal.negate(),this}distanceToPoint(t){return this.normal.dot(t)+this.constant}distanceToSphere(t){return this.distanceToPoint(t.center)-t.radius}projectPoint(t,e){return e.copy(t).addScaledVector(this.normal,-this.distanceToPoint(t))}intersectLine(t,e,i=!0){let r=t.delta(Nh),o=this.normal.dot(r);if(o===0)return this.distanceToPoint(t.start)===0?e.copy(t.start):null;let l=-(t.start.dot(this.normal)+this.constant)/o;return i===!0&&(l<0||l>1)?null:e.copy(t.start).addScaledVector(r,l)}intersectsLine(t){let e=this.distanceToPoint(t.start),i=this.distanceToPoint(t.end);return e<0&&i>0||i<0&&e>0}intersectsBox(t){return t.intersectsPlane(this)}intersectsSphere(t){return t.intersectsPlane(this)}coplanarPoint(t){return t.copy(this.normal).multiplyScalar(-this.constant)}applyMatrix4(t,e){let i=e||J0.getNormalMatrix(t),r=this.coplanarPoint(Nh).applyMatrix4(t),o=this.normal.applyMatrix3(i).normalize();return this.constant=-r.dot(o),this}translate(t){return this.constant-=t.dot(this.normal),this}equals(t){return t.normal.equals(this.normal)&&t.constant===this.constant}clone(){return new this.constructor().copy(this)}toJSON(){return{normal:this.normal.toArray(),constant:this.constant}}fromJSON(t){return this.normal.fromArray(t.normal),this.constant=t.constant,this}},Q0=0,kn=class extends un{constructor(){super(),this.isMaterial=!0,Object.defineProperty(this,"id",{value:Q0++}),this.uuid=Lr(),this.name="",this.type="Material",this.blending=Pr,this.side=fs,this.vertexColors=!1,this.opacity=1,this.transparent=!1,this.alphaHash=!1,this.blendSrc=jh,this.blendDst=Kh,this.blendEquation=Fs,this.blendSrcAlpha=null,this.blendDstAlpha=null,this.blendEquationAlpha=null,this.blendColor=new se(0,0,0),this.blendAlpha=0,this.depthFunc=fr,this.depthTest=!0,this.depthWrite=!0,this.stencilWriteMask=255,this.stencilFunc=gp,this.stencilRef=0,this.stencilFuncMask=255,this.stencilFail=Na,this.stencilZFail=Na,this.stencilZPass=Na,this.stencilWrite=!1,this.clippingPlanes=null,this.clipIntersection=!1,this.clipShadows=!1,this.shadowSide=null,this.colorWrite=!0,this.precision=null,this.polygonOffset=!1,this.polygonOffsetFactor=0,this.polygonOffsetUnits=0,this.dithering=!1,this.alphaToCoverage=!1,this.premultipliedAlpha=!1,this.forceSinglePass=!1,this.allowOverride=!0,this.visible=!0,this.toneMapped=!0,this.userData={},this.version=0,this._alphaTest=0}get alphaTest(){return this._alphaTest}set alphaTest(t){this._alphaTest>0!=t>0&&this.version++,this._alphaTest=t}onBeforeRender(){}onBeforeCompile(){}customProgramCacheKey(){return this.onBeforeCompile.toString()}setValues(t){if(t!==void 0)for(let e in t){let i=t[e];if(i===void 0){Zt(`Material: parameter '${e}' has value of undefined.`);continue}let r=this[e];if(r===void 0){Zt(`Material: '${e}' is not a property of THREE.${this.type}.`);continue}r&&r.isColor?r.set(i):r&&r.isVector2&&i&&i.isVector2||r&&r.isEuler&&i&&i.isEuler||r&&r.isVector3&&i&&i.isVector3?r.copy(i):this[e]=i}}toJSON(t){let e=t===void 0||typeof t=="string";e&&(t={textures:{},images:{}});let i={metadata:{version:4.7,type:"Material",generator:"Material.toJSON"}};i.uuid=this.uuid,i.type=this.type,i.blending=this.blending,i.side=this.side,i.shadowSide=this.shadowSide,i.vertexColors=this.vertexColors,i.opacity=this.opacity,i.transparent=this.transparent,i.blendSrc=this.blendSrc,i.blendDst=this.blendDst,i.blendEquation=this.blendEquation,i.blendSrcAlpha=this.blendSrcAlpha,i.blendDstAlpha=this.blendDstAlpha,i.blendEquationAlpha=this.blendEquationAlpha,i.blendColor=this.blendColor.getHex(),i.blendAlpha=this.blendAlpha,i.depthFunc=this.depthFunc,i.depthTest=this.depthTest,i.depthWrite=this.depthWrite,i.colorWrite=this.colorWrite,i.clipIntersection=this.clipIntersection,i.clipShadows=this.clipShadows,i.stencilWriteMask=this.stencilWriteMask,i.stencilFunc=this.stencilFunc,i.stencilRef=this.stencilRef,i.stencilFuncMask=this.stencilFuncMask,i.stencilFail=this.stencilFail,i.stencilZFail=this.stencilZFail,i.stencilZPass=this.stencilZPass,i.stencilWrite=this.stencilWrite,i.polygonOffset=this.polygonOffset,i.polygonOffsetFactor=this.polygonOffsetFactor,i.polygonOffsetUnits=this.polygonOffsetUnits,i.dithering=this.dithering,i.alphaTest=this.alphaTest,i.alphaHash=this.alphaHash,i.alphaToCoverage=this.alphaToCoverage,i.premultipliedAlpha=this.premultipliedAlpha,i.forceSinglePass=this.forceSinglePass,i.allowOverride=this.allowOverride,i.visible=this.visible,i.toneMapped=this.toneMapped,i.name=this.name,this.color&&this.color.isColor&&(i.color=this.color.getHex()),this.roughness!==void 0&&(i.roughness=this.roughness),this.metalness!==void 0&&(i.metalness=this.metalness),this.sheen!==void 0&&(i.sheen=this.sheen),this.sheenColor&&this.sheenColor.isColor&&(i.sheenColor=this.sheenColor.getHex()),this.sheenRoughness!==void 0&&(i.sheenRoughness=this.sheenRoughness),this.emissive&&this.emissive.isColor&&(i.emissive=this.emissive.getHex()),this.emissiveIntensity!==void 0&&(i.emissiveIntensity=this.emissiveIntensity),this.specular&&this.specular.isColor&&(i.specular=this.specular.getHex()),this.specularIntensity!==void 0&&(i.specularIntensity=this.specularIntensity),this.specularColor&&this.specularColor.isColor&&(i.specularColor=this.specularColor.getHex()),this.shininess!==void 0&&(i.shininess=this.shininess),this.clearcoat!==void 0&&(i.clearcoat=this.clearcoat),this.clearcoatRoughness!==void 0&&(i.clearcoatRoughness=this.clearcoatRoughness),this.diffuseRoughness!==void 0&&(i.diffuseRoughness=this.diffuseRoughness),this.diffuseRoughnessMap&&this.diffuseRoughnessMap.isTexture&&(i.diffuseRoughnessMap=this.diffuseRoughnessMap.toJSON(t).uuid),this.clearcoatMap&&this.clearcoatMap.isTexture&&(i.clearcoatMap=this.clearcoatMap.toJSON(t).uuid),this.clearcoatRoughnessMap&&this.clearcoatRoughnessMap.isTexture&&(i.clearcoatRoughnessMap=this.clearcoatRoughnessMap.toJSON(t).uuid),this.clearcoatNormalMap&&this.clearcoatNormalMap.isTexture&&(i.clearcoatNormalMap=this.clearcoatNormalMap.toJSON(t).uuid,i.clearcoatNormalScale=this.clearcoatNormalScale.toArray()),this.sheenColorMap&&this.sheenColorMap.isTexture&&(i.sheenColorMap=this.sheenColorMap.toJSON(t).uuid),this.sheenRoughnessMap&&this.sheenRoughnessMap.isTexture&&(i.sheenRoughnessMap=this.sheenRoughnessMap.toJSON(t).uuid),this.dispersion!==void 0&&(i.dispersion=this.dispersion),this.retroreflectivity!==void 0&&(i.retroreflectivity=this.retroreflectivity),this.iridescence!==void 0&&(i.iridescence=this.iridescence),this.iridescenceIOR!==void 0&&(i.iridescenceIOR=this.iridescenceIOR),this.iridescenceThicknessMinimum!==void 0&&(i.iridescenceThicknessMinimum=this.iridescenceThicknessMinimum),this.iridescenceThicknessMaximum!==void 0&&(i.iridescenceThicknessMaximum=this.iridescenceThicknessMaximum),this.iridescenceMap&&this.iridescenceMap.isTexture&&(i.iridescenceMap=this.iridescenceMap.toJSON(t).uuid),this.iridescenceThicknessMap&&this.iridescenceThicknessMap.isTexture&&(i.iridescenceThicknessMap=this.iridescenceThicknessMap.toJSON(t).uuid),this.anisotropy!==void 0&&(i.anisotropy=this.anisotropy),this.anisotropyRotation!==void 0&&(i.anisotropyRotation=this.anisotropyRotation),this.anisotropyMap&&this.anisotropyMap.isTexture&&(i.anisotropyMap=this.anisotropyMap.toJSON(t).uuid),this.map&&this.map.isTexture&&(i.map=this.map.toJSON(t).uuid),this.matcap&&this.matcap.isTexture&&(i.matcap=this.matcap.toJSON(t).uuid),this.alphaMap&&this.alphaMap.isTexture&&(i.alphaMap=this.alphaMap.toJSON(t).uuid),this.lightMap&&this.lightMap.isTexture&&(i.lightMap=this.lightMap.toJSON(t).uuid,i.lightMapIntensity=this.lightMapIntensity),this.aoMap&&this.aoMap.isTexture&&(i.aoMap=this.aoMap.toJSON(t).uuid,i.aoMapIntensity=this.aoMapIntensity),this.bumpMap&&this.bumpMap.isTexture&&(i.bumpMap=this.bumpMap.toJSON(t).uuid,i.bumpScale=this.bumpScale),this.normalMap&&this.normalMap.isTexture&&(i.normalMap=this.normalMap.toJSON(t).uuid,i.normalMapType=this.normalMapType,i.normalScale=this.normalScale.toArray()),this.displacementMap&&this.displacementMap.isTexture&&(i.displacementMap=this.displacementMap.toJSON(t).uuid,i.displacementScale=this.displacementScale,i.displacementBias=this.displacementBias),this.roughnessMap&&this.roughnessMap.isTexture&&(i.roughnessMap=this.roughnessMap.toJSON(t).uuid),this.metalnessMap&&this.metalnessMap.isTexture&&(i.metalnessMap=this.metalnessMap.toJSON(t).uuid),this.emissiveMap&&this.emissiveMap.isTexture&&(i.emissiveMap=this.emissiveMap.toJSON(t).uuid),this.specularMap&&this.specularMap.isTexture&&(i.specularMap=this.specularMap.toJSON(t).uuid),this.specularIntensityMap&&this.specularIntensityMap.isTexture&&(i.specularIntensityMap=this.specularIntensityMap.toJSON(t).uuid),this.specularColorMap&&this.specularColorMap.isTexture&&(i.specularColorMap=this.specularColorMap.toJSON(t).uuid),this.envMap&&this.envMap.isTexture&&(i.envMap=this.envMap.toJSON(t).uuid,this.combine!==void 0&&(i.combine=this.combine)),this.envMapRotation!==void 0&&(i.envMapRotation=this.envMapRotation.toArray()),this.envMapIntensity!==void 0&&(i.envMapIntensity=this.envMapIntensity),this.reflectivity!==void 0&&(i.reflectivity=this.reflectivity),this.refractionRatio!==void 0&&(i.refractionRatio=this.refractionRatio),this.gradientMap&&this.gradientMap.isTexture&&(i.gradientMap=this.gradientMap.toJSON(t).uuid),this.transmission!==void 0&&(i.transmission=this.transmission),this.transmissionMap&&this.transmissionMap.isTexture&&(i.transmissionMap=this.transmissionMap.toJSON(t).uuid),this.thickness!==void 0&&(i.thickness=this.thickness),this.thicknessMap&&this.thicknessMap.isTexture&&(i.thicknessMap=this.thicknessMap.toJSON(t).uuid),this.attenuationDistance!==void 0&&(i.attenuationDistance=this.attenuationDistance),this.attenuationColor!==void 0&&(i.attenuationColor=this.attenuationColor.getHex()),this.size!==void 0&&(i.size=this.size),this.sizeAttenuation!==void 0&&(i.sizeAttenuation=this.sizeAttenuation),Array.isArray(this.clippingPlanes)&&this.clippingPlanes.length>0&&(i.clippingPlanes=this.clippingPlanes.map(o=>o.toJSON())),this.rotation!==void 0&&(i.rotation=this.rotation),this.depthPacking!==void 0&&(i.depthPacking=this.depthPacking),this.linewidth!==void 0&&(i.linewidth=this.linewidth),this.linecap!==void 0&&(i.linecap=this.linecap),this.linejoin!==void 0&&(i.linejoin=this.linejoin),this.dashSize!==void 0&&(i.dashSize=this.dashSize),this.gapSize!==void 0&&(i.gapSize=this.gapSize),this.scale!==void 0&&(i.scale=this.scale),this.wireframe!==void 0&&(i.wireframe=this.wireframe),this.wireframeLinewidth!==void 0&&(i.wireframeLinewidth=this.wireframeLinewidth),this.wireframeLinecap!==void 0&&(i.wireframeLinecap=this.wireframeLinecap),this.wireframeLinejoin!==void 0&&(i.wireframeLinejoin=this.wireframeLinejoin),this.flatShading!==void 0&&(i.flatShading=this.flatShading),this.fog!==void 0&&(i.fog=this.fog),Object.keys(this.userData).length>0&&(i.userData=this.userData);function r(o){let l=[];for(let c in o){let u=o[c];delete u.metadata,l.push(u)}return l}if(e){let o=r(t.textures),l=r(t.images);o.length>0&&(i.textures=o),l.length>0&&(i.images=l)}return i}fromJSON(t,e){if(t.uuid!==void 0&&(this.uuid=t.uuid),t.name!==void 0&&(this.name=t.name),t.color!==void 0&&this.color!==void 0&&this.color.setHex(t.color),t.roughness!==void 0&&(this.roughness=t.roughness),t.metalness!==void 0&&(this.metalness=t.metalness),t.sheen!==void 0&&(this.sheen=t.sheen),t.sheenColor!==void 0&&(this.sheenColor=new se().setHex(t.sheenColor)),t.sheenRoughness!==void 0&&(this.sheenRoughness=t.sheenRoughness),t.emissive!==void 0&&this.emissive!==void 0&&this.emissive.setHex(t.emissive),t.specular!==void 0&&this.specular!==void 0&&this.specular.setHex(t.specular),t.specularIntensity!==void 0&&(this.specularIntensity=t.specularIntensity),t.specularColor!==void 0&&this.specularColor!==void 0&&this.specularColor.setHex(t.specularColor),t.shininess!==void 0&&(this.shininess=t.shininess),t.clearcoat!==void 0&&(this.clearcoat=t.clearcoat),t.clearcoatRoughness!==void 0&&(this.clearcoatRoughness=t.clearcoatRoughness),t.diffuseRoughness!==void 0&&(this.diffuseRoughness=t.diffuseRoughness),t.dispersion!==void 0&&(this.dispersion=t.dispersion),t.retroreflectivity!==void 0&&(this.retroreflectivity=t.retroreflectivity),t.iridescence!==void 0&&(this.iridescence=t.iridescence),t.iridescenceIOR!==void 0&&(this.iridescenceIOR=t.iridescenceIOR),t.iridescenceThicknessMinimum!==void 0&&(this.iridescenceThicknessMinimum=t.iridescenceThicknessMinimum),t.iridescenceThicknessMaximum!==void 0&&(this.iridescenceThicknessMaximum=t.iridescenceThicknessMaximum),t.iridescenceThicknessRange!==void 0&&(this.iridescenceThicknessMinimum=t.iridescenceThicknessRange[0],this.iridescenceThicknessMaximum=t.iridescenceThicknessRange[1]),t.transmission!==void 0&&(this.transmission=t.transmission),t.thickness!==void 0&&(this.thickness=t.thickness),t.attenuationDistance!==void 0&&(this.attenuationDistance=t.attenuationDistance),t.attenuationColor!==void 0&&this.attenuationColor!==void 0&&this.attenuationColor.setHex(t.attenuationColor),t.anisotropy!==void 0&&(this.anisotropy=t.anisotropy),t.anisotropyRotation!==void 0&&(this.anisotropyRotation=t.anisotropyRotation),t.fog!==void 0&&(this.fog=t.fog),t.flatShading!==void 0&&(this.flatShading=t.flatShading),t.blending!==void 0&&(this.blending=t.blending),t.combine!==void 0&&(this.combine=t.combine),t.side!==void 0&&(this.side=t.side),t.shadowSide!==void 0&&(this.shadowSide=t.shadowSide),t.opacity!==void 0&&(this.opacity=t.opacity),t.transparent!==void 0&&(this.transparent=t.transparent),t.alphaTest!==void 0&&(this.alphaTest=t.alphaTest),t.alphaHash!==void 0&&(this.alphaHash=t.alphaHash),t.depthFunc!==void 0&&(this.depthFunc=t.depthFunc),t.depthTest!==void 0&&(this.depthTest=t.depthTest),t.depthWrite!==void 0&&(this.depthWrite=t.depthWrite),t.colorWrite!==void 0&&(this.colorWrite=t.colorWrite),t.clippingPlanes!==void 0&&(this.clippingPlanes=t.clippingPlanes.map(i=>new Bi().fromJSON(i))),t.clipIntersection!==void 0&&(this.clipIntersection=t.clipIntersection),t.clipShadows!==void 0&&(this.clipShadows=t.clipShadows),t.depthPacking!==void 0&&(this.depthPacking=t.depthPacking),t.blendSrc!==void 0&&(this.blendSrc=t.blendSrc),t.blendDst!==void 0&&(this.blendDst=t.blendDst),t.blendEquation!==void 0&&(this.blendEquation=t.blendEquation),t.blendSrcAlpha!==void 0&&(this.blendSrcAlpha=t.blendSrcAlpha),t.blendDstAlpha!==void 0&&(this.blendDstAlpha=t.blendDstAlpha),t.blendEquationAlpha!==void 0&&(this.blendEquationAlpha=t.blendEquationAlpha),t.blendColor!==void 0&&this.blendColor!==void 0&&this.blendColor.setHex(t.blendColor),t.blendAlpha!==void 0&&(this.blendAlpha=t.blendAlpha),t.stencilWriteMask!==void 0&&(this.stencilWriteMask=t.stencilWriteMask),t.stencilFunc!==void 0&&(this.stencilFunc=t.stencilFunc),t.stencilRef!==void 0&&(this.stencilRef=t.stencilRef),t.stencilFuncMask!==void 0&&(this.stencilFuncMask=t.stencilFuncMask),t.stencilFail!==void 0&&(this.stencilFail=t.stencilFail),t.stencilZFail!==void 0&&(this.stencilZFail=t.stencilZFail),t.stencilZPass!==void 0&&(this.stencilZPass=t.stencilZPass),t.stencilWrite!==void 0&&(this.stencilWrite=t.stencilWrite),t.wireframe!==void 0&&(this.wireframe=t.wireframe),t.wireframeLinewidth!==void 0&&(this.wireframeLinewidth=t.wireframeLinewidth),t.wireframeLinecap!==void 0&&(this.wireframeLinecap=t.wireframeLinecap),t.wireframeLinejoin!==void 0&&(this.wireframeLinejoin=t.wireframeLinejoin),t.rotation!==void 0&&(this.rotation=t.rotation),t.linewidth!==void 0&&(this.linewidth=t.linewidth),t.linecap!==void 0&&(this.linecap=t.linecap),t.linejoin!==void 0&&(this.linejoin=t.linejoin),t.dashSize!==void 0&&(this.dashSize=t.dashSize),t.gapSize!==void 0&&(this.gapSize=t.gapSize),t.scale!==void 0&&(this.scale=t.scale),t.polygonOffset!==void 0&&(this.polygonOffset=t.polygonOffset),t.polygonOffsetFactor!==void 0&&(this.polygonOffsetFactor=t.polygonOffsetFactor),t.polygonOffsetUnits!==void 0&&(this.polygonOffsetUnits=t.polygonOffsetUnits),t.dithering!==void 0&&(this.dithering=t.dithering),t.alphaToCoverage!==void 0&&(this.alphaToCoverage=t.alphaToCoverage),t.premultipliedAlpha!==void 0&&(this.premultipliedAlpha=t.premultipliedAlpha),t.forceSinglePass!==void 0&&(this.forceSinglePass=t.forceSinglePass),t.allowOverride!==void 0&&(this.allowOverride=t.allowOverride),t.visible!==void 0&&(this.visible=t.visible),t.toneMapped!==void 0&&(this.toneMapped=t.toneMapped),t.userData!==void 0&&(this.userData=t.userData),t.vertexColors!==void 0&&(typeof t.vertexColors=="number"?this.vertexColors=t.vertexColors>0:this.vertexColors=t.vertexColors),t.size!==void 0&&(this.size=t.size),t.sizeAttenuation!==void 0&&(this.sizeAttenuation=t.sizeAttenuation),t.map!==void 0&&(this.map=e[t.map]||null),t.matcap!==void 0&&(this.matcap=e[t.matcap]||null),t.alphaMap!==void 0&&(this.alphaMap=e[t.alphaMap]||null),t.bumpMap!==void 0&&(this.bumpMap=e[t.bumpMap]||null),t.bumpScale!==void 0&&(this.bumpScale=t.bumpScale),t.normalMap!==void 0&&(this.normalMap=e[t.normalMap]||null),t.normalMapType!==void 0&&(this.normalMapType=t.normalMapType),t.normalScale!==void 0){let i=t.normalScale;Array.isArray(i)===!1&&(i=[i,i]),this.normalScale=new Ht().fromArray(i)}return t.displacementMap!==void 0&&(this.displacementMap=e[t.displacementMap]||null),t.displacementScale!==void 0&&(this.displacementScale=t.displacementScale),t.displacementBias!==void 0&&(this.displacementBias=t.displacementBias),t.roughnessMap!==void 0&&(this.roughnessMap=e[t.roughnessMap]||null),t.metalnessMap!==void 0&&(this.metalnessMap=e[t.metalnessMap]||null),t.emissiveMap!==void 0&&(this.emissiveMap=e[t.emissiveMap]||null),t.emissiveIntensity!==void 0&&(this.emissiveIntensity=t.emissiveIntensity),t.specularMap!==void 0&&(this.specularMap=e[t.specularMap]||null),t.specularIntensityMap!==void 0&&(this.specularIntensityMap=e[t.specularIntensityMap]||null),t.specularColorMap!==void 0&&(this.specularColorMap=e[t.specularColorMap]||null),t.envMap!==void 0&&(this.envMap=e[t.envMap]||null),t.envMapRotation!==void 0&&this.envMapRotation.fromArray(t.envMapRotation),t.envMapIntensity!==void 0&&(this.envMapIntensity=t.envMapIntensity),t.reflectivity!==void 0&&(this.reflectivity=t.reflectivity),t.refractionRatio!==void 0&&(this.refractionRatio=t.refractionRatio),t.lightMap!==void 0&&(this.lightMap=e[t.lightMap]||null),t.lightMapIntensity!==void 0&&(this.lightMapIntensity=t.lightMapIntensity),t.aoMap!==void 0&&(this.aoMap=e[t.aoMap]||null),t.aoMapIntensity!==void 0&&(this.aoMapIntensity=t.aoMapIntensity),t.gradientMap!==void 0&&(this.gradientMap=e[t.gradientMap]||null),t.clearcoatMap!==void 0&&(this.clearcoatMap=e[t.clearcoatMap]||null),t.clearcoatRoughnessMap!==void 0&&(this.clearcoatRoughnessMap=e[t.clearcoatRoughnessMap]||null),t.clearcoatNormalMap!==void 0&&(this.clearcoatNormalMap=e[t.clearcoatNormalMap]||null),t.clearcoatNormalScale!==void 0&&(this.clearcoatNormalScale=new Ht().fromArray(t.clearcoatNormalScale)),t.diffuseRoughnessMap!==void 0&&(this.diffuseRoughnessMap=e[t.diffuseRoughnessMap]||null),t.iridescenceMap!==void 0&&(this.iridescenceMap=e[t.iridescenceMap]||null),t.iridescenceThicknessMap!==void 0&&(this.iridescenceThicknessMap=e[t.iridescenceThicknessMap]||null),t.transmissionMap!==void 0&&(this.transmissionMap=e[t.transmissionMap]||null),t.thicknessMap!==void 0&&(this.thicknessMap=e[t.thicknessMap]||null),t.anisotropyMap!==void 0&&(this.anisotropyMap=e[t.anisotropyMap]||null),t.sheenColorMap!==void 0&&(this.sheenColorMap=e[t.sheenColorMap]||null),t.sheenRoughnessMap!==void 0&&(this.sheenRoughnessMap=e[t.sheenRoughnessMap]||null),this}clone(){return new this.constructor().copy(this)}copy(t){this.name=t.name,this.blending=t.blending,this.side=t.side,this.vertexColors=t.vertexColors,this.opacity=t.opacity,this.transparent=t.transparent,this.blendSrc=t.blendSrc,this.blendDst=t.blendDst,this.blendEquation=t.blendEquation,this.blendSrcAlpha=t.blendSrcAlpha,this.blendDstAlpha=t.blendDstAlpha,this.blendEquationAlpha=t.blendEquationAlpha,this.blendColor.copy(t.blendColor),this.blendAlpha=t.blendAlpha,this.depthFunc=t.depthFunc,this.depthTest=t.depthTest,this.depthWrite=t.depthWrite,this.stencilWriteMask=t.stencilWriteMask,this.stencilFunc=t.stencilFunc,this.stencilRef=t.stencilRef,this.stencilFuncMask=t.stencilFuncMask,this.stencilFail=t.stencilFail,this.stencilZFail=t.stencilZFail,this.stencilZPass=t.stencilZPass,this.stencilWrite=t.stencilWrite;let e=t.clippingPlanes,i=null;if(e!==null){let r=e.length;i=new Array(r);for(let o=0;o!==r;++o)i[o]=e[o].clone()}return this.clippingPlanes=i,this.clipIntersection=t.clipIntersection,this.clipShadows=t.clipShadows,this.shadowSide=t.shadowSide,this.colorWrite=t.colorWrite,this.precision=t.precision,this.polygonOffset=t.polygonOffset,this.polygonOffsetFactor=t.polygonOffsetFactor,this.polygonOffsetUnits=t.polygonOffsetUnits,this.dithering=t.dithering,this.alphaTest=t.alphaTest,this.alphaHash=t.alphaHash,this.alphaToCoverage=t.alphaToCoverage,this.premultipliedAlpha=t.premultipliedAlpha,this.forceSinglePass=t.forceSinglePass,this.allowOverride=t.allowOverride,this.visible=t.visible,this.toneMapped=t.toneMapped,this.userData=JSON.parse(JSON.stringify(t.userData)),this}dispose(){this.dispatchEvent({type:"dispose"})}set needsUpdate(t){t===!0&&this.version++}};var Fn=new F,Oh=new F,ga=new F,_a=new F,Hn=class{constructor(t=new F,e=new F(0,0,-1)){this.origin=t,this.direction=e}set(t,e){return this.origin.copy(t),this.direction.copy(e),this}copy(t){return this.origin.copy(t.origin),this.direction.copy(t.direction),this}at(t,e){return e.copy(this.origin).addScaledVector(this.direction,t)}lookAt(t){return this.direction.copy(t).sub(this.origin).normalize(),this}recast(t){return this.origin.copy(this.at(t,Fn)),this}closestPointToPoint(t,e){e.subVectors(t,this.origin);let i=e.dot(this.direction);return i<0?e.copy(this.origin):e.copy(this.origin).addScaledVector(this.direction,i)}distanceToPoint(t){return Math.sqrt(this.distanceSqToPoint(t))}distanceSqToPoint(t){let e=Fn.subVectors(t,this.origin).dot(this.direction);return e<0?this.origin.distanceToSquared(t):(Fn.copy(this.origin).addScaledVector(this.direction,e),Fn.distanceToSquared(t))}distanceSqToSegment(t,e,i,r){Oh.copy(t).add(e).multiplyScalar(.5),ga.copy(e).sub(t).normalize(),_a.copy(this.origin).sub(Oh);let o=t.distanceTo(e)*.5,l=-this.direction.dot(ga),c=_a.dot(this.direction),u=-_a.dot(ga),d=_a.lengthSq(),p=Math.abs(1-l*l),m,g,_,M;if(p>0)if(m=l*u-c,g=l*c-u,M=o*p,m>=0)if(g>=-M)if(g<=M){let T=1/p;m*=T,g*=T,_=m*(m+l*g+2*c)+g*(l*m+g+2*u)+d}else g=o,m=Math.max(0,-(l*g+c)),_=-m*m+g*(g+2*u)+d;else g=-o,m=Math.max(0,-(l*g+c)),_=-m*m+g*(g+2*u)+d;else g<=-M?(m=Math.max(0,-(-l*o+c)),g=m>0?-o:Math.min(Math.max(-o,-u),o),_=-m*m+g*(g+2*u)+d):g<=M?(m=0,g=Math.min(Math.max(-o,-u),o),_=g*(g+2*u)+d):(m=Math.max(0,-(l*o+c)),g=m>0?o:Math.min(Math.max(-o,-u),o),_=-m*m+g*(g+2*u)+d);else g=l>0?-o:o,m=Math.max(0,-(l*g+c)),_=-m*m+g*(g+2*u)+d;return i&&i.copy(this.origin).addScaledVector(this.direction,m),r&&r.copy(Oh).addScaledVector(ga,g),_}intersectSphere(t,e){if(t.radius<0)return null;Fn.subVectors(t.center,this.origin);let i=Fn.dot(this.direction),r=Fn.dot(Fn)-i*i,o=t.radius*t.radius;if(r>o)return null;let l=Math.sqrt(o-r),c=i-l,u=i+l;return u<0?null:c<0?this.at(u,e):this.at(c,e)}intersectsSphere(t){return t.radius<0?!1:this.distanceSqToPoint(t.center)<=t.radius*t.radius}distanceToPlane(t){let e=t.normal.dot(this.direction);if(e===0)return t.distanceToPoint(this.origin)===0?0:null;let i=-(this.origin.dot(t.normal)+t.constant)/e;return i>=0?i:null}intersectPlane(t,e){let i=this.distanceToPlane(t);return i===null?null:this.at(i,e)}intersectsPlane(t){let e=t.distanceToPoint(this.origin);return e===0||t.normal.dot(this.direction)*e<0}intersectBox(t,e){let i,r,o,l,c,u,d=1/this.direction.x,p=1/this.direction.y,m=1/this.direction.z,g=this.origin;return d>=0?(i=(t.min.x-g.x)*d,r=(t.max.x-g.x)*d):(i=(t.max.x-g.x)*d,r=(t.min.x-g.x)*d),p>=0?(o=(t.min.y-g.y)*p,l=(t.max.y-g.y)*p):(o=(t.max.y-g.y)*p,l=(t.min.y-g.y)*p),i>l||o>r||((o>i||isNaN(i))&&(i=o),(l<r||isNaN(r))&&(r=l),m>=0?(c=(t.min.z-g.z)*m,u=(t.max.z-g.z)*m):(c=(t.max.z-g.z)*m,u=(t.min.z-g.z)*m),i>u||c>r)||((c>i||i!==i)&&(i=c),(u<r||r!==r)&&(r=u),r<0)?null:this.at(i>=0?i:r,e)}intersectsBox(t){return this.intersectBox(t,Fn)!==null}intersectTriangle(t,e,i,r,o){let l=this.origin,c=this.direction,u=c.x,d=c.y,p=c.z,m=t.x-l.x,g=t.y-l.y,_=t.z-l.z,M=e.x-l.x,T=e.y-l.y,x=e.z-l.z,y=i.x-l.x,A=i.y-l.y,I=i.z-l.z,P=Math.abs(u),N=Math.abs(d),D=Math.abs(p),b,C,X,z,G,K,ot,B,it,Z,et,nt;if(P>=N&&P>=D?(X=u,K=m,it=M,nt=y,u>=0?(b=d,C=p,z=g,G=_,ot=T,B=x,Z=A,et=I):(b=p,C=d,z=_,G=g,ot=x,B=T,Z=I,et=A)):N>=D?(X=d,K=g,it=T,nt=A,d>=0?(b=p,C=u,z=_,G=m,ot=x,B=M,Z=I,et=y):(b=u,C=p,z=m,G=_,ot=M,B=x,Z=y,et=I)):(X=p,K=_,it=x,nt=I,p>=0?(b=u,C=d,z=m,G=g,ot=M,B=T,Z=y,et=A):(b=d,C=u,z=g,G=m,ot=T,B=M,Z=A,et=y)),X===0)return null;let J=b/X,ct=C/X,dt=1/X,At=z-J*K,It=G-ct*K,j=ot-J*it,wt=B-ct*it,Dt=Z-J*nt,kt=et-ct*nt,Ct=Dt*wt-kt*j,Qt=At*kt-It*Dt,Se=j*It-wt*At;if(r){if(Ct<0||Qt<0||Se<0)return null}else if((Ct<0||Qt<0||Se<0)&&(Ct>0||Qt>0||Se>0))return null;let Vt=Ct+Qt+Se;if(Vt===0)return null;let me=dt*(Ct*K+Qt*it+Se*nt);return(Vt>0?me<0:me>0)?null:this.at(me/Vt,o)}applyMatrix4(t){return this.origin.applyMatrix4(t),this.direction.transformDirection(t),this}equals(t){return t.origin.equals(this.origin)&&t.direction.equals(this.direction)}clone(){return new this.constructor().copy(this)}},xr=class extends kn{constructor(t){super(),this.isMeshBasicMaterial=!0,this.type="MeshBasicMaterial",this.color=new se(16777215),this.map=null,this.lightMap=null,this.lightMapIntensity=1,this.aoMap=null,this.aoMapIntensity=1,this.specularMap=null,this.alphaMap=null,this.envMap=null,this.envMapRotation=new os,this.combine=Jh,this.reflectivity=1,this.refractionRatio=.98,this.wireframe=!1,this.wireframeLinewidth=1,this.wireframeLinecap="round",this.wireframeLinejoin="round",this.fog=!0,this.setValues(t)}copy(t){return super.copy(t),this.color.copy(t.color),this.map=t.map,this.lightMap=t.lightMap,this.lightMapIntensity=t.lightMapIntensity,this.aoMap=t.aoMap,this.aoMapIntensity=t.aoMapIntensity,this.specularMap=t.specularMap,this.alphaMap=t.alphaMap,this.envMap=t.envMap,this.envMapRotation.copy(t.envMapRotation),this.combine=t.combine,this.reflectivity=t.reflectivity,this.refractionRatio=t.refractionRatio,this.wireframe=t.wireframe,this.wireframeLinewidth=t.wireframeLinewidth,this.wireframeLinecap=t.wireframeLinecap,this.wireframeLinejoin=t.wireframeLinejoin,this.fog=t.fog,this}},Pf=new ce,Ls=new Hn,va=new xn,Cf=new F,ya=new F,xa=new F,Ma=new F,Uh=new F,ba=new F,Rf=new F,Sa=new F,Qe=class extends Ai{constructor(t=new He,e=new xr){super(),this.isMesh=!0,this.type="Mesh",this.geometry=t,this.material=e,this.morphTargetDictionary=void 0,this.morphTargetInfluences=void 0,this.count=1,this.updateMorphTargets()}copy(t,e){return super.copy(t,e),t.morphTargetInfluences!==void 0?this.morphTargetInfluences=t.morphTargetInfluences.slice():this.morphTargetInfluences=void 0,t.morphTargetDictionary!==void 0?this.morphTargetDictionary=Object.assign({},t.morphTargetDictionary):this.morphTargetDictionary=void 0,this.material=Array.isArray(t.material)?t.material.slice():t.material,this.geometry=t.geometry,this}updateMorphTargets(){let e=this.geometry.morphAttributes,i=Object.keys(e);if(i.length>0){let r=e[i[0]];if(r!==void 0){this.morphTargetInfluences=[],this.morphTargetDictionary={};for(let o=0,l=r.length;o<l;o++){let c=r[o].name||String(o);this.morphTargetInfluences.push(0),this.morphTargetDictionary[c]=o}}}}getVertexPosition(t,e){let i=this.geometry,r=i.attributes.position,o=i.morphAttributes.position,l=i.morphTargetsRelative;e.fromBufferAttribute(r,t);let c=this.morphTargetInfluences;if(o&&c){ba.set(0,0,0);for(let u=0,d=o.length;u<d;u++){let p=c[u],m=o[u];p!==0&&(Uh.fromBufferAttribute(m,t),l?ba.addScaledVector(Uh,p):ba.addScaledVector(Uh.sub(e),p))}e.add(ba)}return e}intersectsFrustum(t){return t.intersectsObject(this)}raycast(t,e){let i=this.geometry,r=this.material,o=this.matrixWorld;r!==void 0&&(i.boundingSphere===null&&i.computeBoundingSphere(),va.copy(i.boundingSphere),va.applyMatrix4(o),Ls.copy(t.ray).recast(t.near),!(va.containsPoint(Ls.origin)===!1&&(Ls.intersectSphere(va,Cf)===null||Ls.origin.distanceToSquared(Cf)>(t.far-t.near)**2))&&(Pf.copy(o).invert(),Ls.copy(t.ray).applyMatrix4(Pf),!(i.boundingBox!==null&&Ls.intersectsBox(i.boundingBox)===!1)&&this._computeIntersections(t,e,Ls)))}_computeIntersections(t,e,i){let r,o=this.geometry,l=this.material,c=o.index,u=o.attributes.position,d=o.attributes.uv,p=o.attributes.uv1,m=o.attributes.normal,g=o.groups,_=o.drawRange;if(c!==null)if(Array.isArray(l))for(let M=0,T=g.length;M<T;M++){let x=g[M],y=l[x.materialIndex],A=Math.max(x.start,_.start),I=Math.min(c.count,Math.min(x.start+x.count,_.start+_.count));for(let P=A,N=I;P<N;P+=3){let D=c.getX(P),b=c.getX(P+1),C=c.getX(P+2);r=wa(this,y,t,i,d,p,m,D,b,C),r&&(r.faceIndex=Math.floor(P/3),r.face.materialIndex=x.materialIndex,e.push(r))}}else{let M=Math.max(0,_.start),T=Math.min(c.count,_.start+_.count);for(let x=M,y=T;x<y;x+=3){let A=c.getX(x),I=c.getX(x+1),P=c.getX(x+2);r=wa(this,l,t,i,d,p,m,A,I,P),r&&(r.faceIndex=Math.floor(x/3),e.push(r))}}else if(u!==void 0)if(Array.isArray(l))for(let M=0,T=g.length;M<T;M++){let x=g[M],y=l[x.materialIndex],A=Math.max(x.start,_.start),I=Math.min(u.count,Math.min(x.start+x.count,_.start+_.count));for(let P=A,N=I;P<N;P+=3){let D=P,b=P+1,C=P+2;r=wa(this,y,t,i,d,p,m,D,b,C),r&&(r.faceIndex=Math.floor(P/3),r.face.materialIndex=x.materialIndex,e.push(r))}}else{let M=Math.max(0,_.start),T=Math.min(u.count,_.start+_.count);for(let x=M,y=T;x<y;x+=3){let A=x,I=x+1,P=x+2;r=wa(this,l,t,i,d,p,m,A,I,P),r&&(r.faceIndex=Math.floor(x/3),e.push(r))}}}};function tv(n,t,e,i,r,o,l,c){let u;if(t.side===xi?u=i.intersectTriangle(l,o,r,!0,c):u=i.intersectTriangle(r,o,l,t.side===fs,c),u===null)return null;Sa.copy(c),Sa.applyMatrix4(n.matrixWorld);let d=e.ray.origin.distanceTo(Sa);return d<e.near||d>e.far?null:{distance:d,point:Sa.clone(),object:n}}function wa(n,t,e,i,r,o,l,c,u,d){n.getVertexPosition(c,ya),n.getVertexPosition(u,xa),n.getVertexPosition(d,Ma);let p=tv(n,t,e,i,ya,xa,Ma,Rf);if(p){let m=new F;rs.getBarycoord(Rf,ya,xa,Ma,m),r&&(p.uv=rs.getInterpolatedAttribute(r,c,u,d,m,new Ht)),o&&(p.uv1=rs.getInterpolatedAttribute(o,c,u,d,m,new Ht)),l&&(p.normal=rs.getInterpolatedAttribute(l,c,u,d,m,new F),p.normal.dot(i.direction)>0&&p.normal.multiplyScalar(-1));let g={a:c,b:u,c:d,normal:new F,materialIndex:0};rs.getNormal(ya,xa,Ma,g.normal),p.face=g,p.barycoord=m}return p}var Ns=class extends si{constructor(t=null,e=1,i=1,r,o,l,c,u,d=Ae,p=Ae,m,g){super(null,l,c,u,d,p,r,o,m,g),this.isDataTexture=!0,this.image={data:t,width:e,height:i},this.generateMipmaps=!1,this.flipY=!1,this.unpackAlignment=1}};var Is=new xn,ev=new Ht(.5,.5),Ea=new F,Vn=class{constructor(t=new Bi,e=new Bi,i=new Bi,r=new Bi,o=new Bi,l=new Bi){this.planes=[t,e,i,r,o,l]}set(t,e,i,r,o,l){let c=this.planes;return c[0].copy(t),c[1].copy(e),c[2].copy(i),c[3].copy(r),c[4].copy(o),c[5].copy(l),this}copy(t){let e=this.planes;for(let i=0;i<6;i++)e[i].copy(t.planes[i]);return this}setFromProjectionMatrix(t,e=Ki,i=!1){let r=this.planes,o=t.elements,l=o[0],c=o[1],u=o[2],d=o[3],p=o[4],m=o[5],g=o[6],_=o[7],M=o[8],T=o[9],x=o[10],y=o[11],A=o[12],I=o[13],P=o[14],N=o[15];if(r[0].setComponents(d-l,_-p,y-M,N-A).normalize(),r[1].setComponents(d+l,_+p,y+M,N+A).normalize(),r[2].setComponents(d+c,_+m,y+T,N+I).normalize(),r[3].setComponents(d-c,_-m,y-T,N-I).normalize(),i)r[4].setComponents(u,g,x,P).normalize(),r[5].setComponents(d-u,_-g,y-x,N-P).normalize();else if(r[4].setComponents(d-u,_-g,y-x,N-P).normalize(),e===Ki)r[5].setComponents(d+u,_+g,y+x,N+P).normalize();else if(e===uo)r[5].setComponents(u,g,x,P).normalize();else throw new Error("THREE.Frustum.setFromProjectionMatrix(): Invalid coordinate system: "+e);return this}intersectsObject(t){if(t.boundingSphere!==void 0)t.boundingSphere===null&&t.computeBoundingSphere(),Is.copy(t.boundingSphere).applyMatrix4(t.matrixWorld);else{let e=t.geometry;e.boundingSphere===null&&e.computeBoundingSphere(),Is.copy(e.boundingSphere).applyMatrix4(t.matrixWorld)}return this.intersectsSphere(Is)}intersectsSprite(t){Is.center.set(0,0,0);let e=ev.distanceTo(t.center);return Is.radius=.7071067811865476+e,Is.applyMatrix4(t.matrixWorld),this.intersectsSphere(Is)}intersectsSphere(t){let e=this.planes,i=t.center,r=-t.radius;for(let o=0;o<6;o++)if(e[o].distanceToPoint(i)<r)return!1;return!0}intersectsBox(t){let e=this.planes;for(let i=0;i<6;i++){let r=e[i];if(Ea.x=r.normal.x>0?t.max.x:t.min.x,Ea.y=r.normal.y>0?t.max.y:t.min.y,Ea.z=r.normal.z>0?t.max.z:t.min.z,r.distanceToPoint(Ea)<0)return!1}return!0}containsPoint(t){let e=this.planes;for(let i=0;i<6;i++)if(e[i].distanceToPoint(t)<0)return!1;return!0}clone(){return new this.constructor().copy(this)}},Lf=new ce,Ya=class n{constructor(){this.coordinateSystem=Ki,this._frustums=[],this._count=0}setFromArrayCamera(t){let e=t.cameras,i=this._frustums;for(let r=0;r<e.length;r++){let o=e[r];Lf.multiplyMatrices(o.projectionMatrix,o.matrixWorldInverse),i[r]===void 0&&(i[r]=new Vn),i[r].setFromProjectionMatrix(Lf,o.coordinateSystem,o.reversedDepth)}return this._count=e.length,this}getFrustum(t){return this._frustums[t]}intersectsObject(t){let e=this._frustums;for(let i=0;i<this._count;i++)if(e[i].intersectsObject(t))return!0;return!1}intersectsSprite(t){let e=this._frustums;for(let i=0;i<this._count;i++)if(e[i].intersectsSprite(t))return!0;return!1}intersectsSphere(t){let e=this._frustums;for(let i=0;i<this._count;i++)if(e[i].intersectsSphere(t))return!0;return!1}intersectsBox(t){let e=this._frustums;for(let i=0;i<this._count;i++)if(e[i].intersectsBox(t))return!0;return!1}containsPoint(t){let e=this._frustums;for(let i=0;i<this._count;i++)if(e[i].containsPoint(t))return!0;return!1}copy(t){this.coordinateSystem=t.coordinateSystem;let e=this._frustums,i=t._frustums;for(let r=0;r<t._count;r++)e[r]===void 0&&(e[r]=new Vn),e[r].copy(i[r]);return this._count=t._count,this}clone(){return new n().copy(this)}};var Gn=class extends kn{constructor(t){super(),this.isLineBasicMaterial=!0,this.type="LineBasicMaterial",this.color=new se(16777215),this.map=null,this.linewidth=1,this.linecap="round",this.linejoin="round",this.fog=!0,this.setValues(t)}copy(t){return super.copy(t),this.color.copy(t.color),this.map=t.map,this.linewidth=t.linewidth,this.linecap=t.linecap,this.linejoin=t.linejoin,this.fog=t.fog,this}},$a=new F,ja=new F,If=new ce,ro=new Hn,Ta=new xn,Fh=new F,Df=new F,Mr=class extends Ai{constructor(t=new He,e=new Gn){super(),this.isLine=!0,this.type="Line",this.geometry=t,this.material=e,this.morphTargetDictionary=void 0,this.morphTargetInfluences=void 0,this.updateMorphTargets()}copy(t,e){return super.copy(t,e),t.morphTargetInfluences!==void 0?this.morphTargetInfluences=t.morphTargetInfluences.slice():this.morphTargetInfluences=void 0,t.morphTargetDictionary!==void 0?this.morphTargetDictionary=Object.assign({},t.morphTargetDictionary):this.morphTargetDictionary=void 0,this.material=Array.isArray(t.material)?t.material.slice():t.material,this.geometry=t.geometry,this}computeLineDistances(){let t=this.geometry;if(t.index===null){let e=t.attributes.position,i=[0];for(let r=1,o=e.count;r<o;r++)$a.fromBufferAttribute(e,r-1),ja.fromBufferAttribute(e,r),i[r]=i[r-1],i[r]+=$a.distanceTo(ja);t.setAttribute("lineDistance",new ni(i,1))}else Zt("Line.computeLineDistances(): Computation only possible with non-indexed BufferGeometry.");return this}intersectsFrustum(t){return t.intersectsObject(this)}raycast(t,e){let i=this.geometry,r=this.matrixWorld,o=t.params.Line.threshold,l=i.drawRange;if(i.boundingSphere===null&&i.computeBoundingSphere(),Ta.copy(i.boundingSphere),Ta.applyMatrix4(r),Ta.radius+=o,t.ray.intersectsSphere(Ta)===!1)return;If.copy(r).invert(),ro.copy(t.ray).applyMatrix4(If);let c=o/((this.scale.x+this.scale.y+this.scale.z)/3),u=c*c,d=this.isLineSegments?2:1,p=i.index,g=i.attributes.position;if(p!==null){let _=Math.max(0,l.start),M=Math.min(p.count,l.start+l.count);for(let T=_,x=M-1;T<x;T+=d){let y=p.getX(T),A=p.getX(T+1),I=Aa(this,t,ro,u,y,A,T);I&&e.push(I)}if(this.isLineLoop){let T=p.getX(M-1),x=p.getX(_),y=Aa(this,t,ro,u,T,x,M-1);y&&e.push(y)}}else{let _=Math.max(0,l.start),M=Math.min(g.count,l.start+l.count);for(let T=_,x=M-1;T<x;T+=d){let y=Aa(this,t,ro,u,T,T+1,T);y&&e.push(y)}if(this.isLineLoop){let T=Aa(this,t,ro,u,M-1,_,M-1);T&&e.push(T)}}}updateMorphTargets(){let e=this.geometry.morphAttributes,i=Object.keys(e);if(i.length>0){let r=e[i[0]];if(r!==void 0){this.morphTargetInfluences=[],this.morphTargetDictionary={};for(let o=0,l=r.length;o<l;o++){let c=r[o].name||String(o);this.morphTargetInfluences.push(0),this.morphTargetDictionary[c]=o}}}}};function Aa(n,t,e,i,r,o,l){let c=n.geometry.attributes.position;if($a.fromBufferAttribute(c,r),ja.fromBufferAttribute(c,o),e.distanceSqToSegment($a,ja,Fh,Df)>i)return;Fh.applyMatrix4(n.matrixWorld);let d=t.ray.origin.distanceTo(Fh);if(!(d<t.near||d>t.far))return{distance:d,point:Df.clone().applyMatrix4(n.matrixWorld),index:l,face:null,faceIndex:null,barycoord:null,object:n}}var Nf=new F,Of=new F,br=class extends Mr{constructor(t,e){super(t,e),this.isLineSegments=!0,this.type="LineSegments"}computeLineDistances(){let t=this.geometry;if(t.index===null){let e=t.attributes.position,i=[];for(let r=0,o=e.count;r<o;r+=2)Nf.fromBufferAttribute(e,r),Of.fromBufferAttribute(e,r+1),i[r]=r===0?0:i[r-1],i[r+1]=i[r]+Nf.distanceTo(Of);t.setAttribute("lineDistance",new ni(i,1))}else Zt("LineSegments.computeLineDistances(): Computation only possible with non-indexed BufferGeometry.");return this}};var Sr=class extends kn{constructor(t){super(),this.isPointsMaterial=!0,this.type="PointsMaterial",this.color=new se(16777215),this.map=null,this.alphaMap=null,this.size=1,this.sizeAttenuation=!0,this.fog=!0,this.setValues(t)}copy(t){return super.copy(t),this.color.copy(t.color),this.map=t.map,this.alphaMap=t.alphaMap,this.size=t.size,this.sizeAttenuation=t.sizeAttenuation,this.fog=t.fog,this}},Uf=new ce,Vh=new Hn,Pa=new xn,Ca=new F,Os=class extends Ai{constructor(t=new He,e=new Sr){super(),this.isPoints=!0,this.type="Points",this.geometry=t,this.material=e,this.morphTargetDictionary=void 0,this.morphTargetInfluences=void 0,this.updateMorphTargets()}copy(t,e){return super.copy(t,e),t.morphTargetInfluences!==void 0?this.morphTargetInfluences=t.morphTargetInfluences.slice():this.morphTargetInfluences=void 0,t.morphTargetDictionary!==void 0?this.morphTargetDictionary=Object.assign({},t.morphTargetDictionary):this.morphTargetDictionary=void 0,this.material=Array.isArray(t.material)?t.material.slice():t.material,this.geometry=t.geometry,this}intersectsFrustum(t){return t.intersectsObject(this)}raycast(t,e){let i=this.geometry,r=this.matrixWorld,o=t.params.Points.threshold,l=i.drawRange;if(i.boundingSphere===null&&i.computeBoundingSphere(),Pa.copy(i.boundingSphere),Pa.applyMatrix4(r),Pa.radius+=o,t.ray.intersectsSphere(Pa)===!1)return;Uf.copy(r).invert(),Vh.copy(t.ray).applyMatrix4(Uf);let c=o/((this.scale.x+this.scale.y+this.scale.z)/3),u=c*c,d=i.index,m=i.attributes.position;if(d!==null){let g=Math.max(0,l.start),_=Math.min(d.count,l.start+l.count);for(let M=g,T=_;M<T;M++){let x=d.getX(M);Ca.fromBufferAttribute(m,x),Ff(Ca,x,u,r,t,e,this)}}else{let g=Math.max(0,l.start),_=Math.min(m.count,l.start+l.count);for(let M=g,T=_;M<T;M++)Ca.fromBufferAttribute(m,M),Ff(Ca,M,u,r,t,e,this)}}updateMorphTargets(){let e=this.geometry.morphAttributes,i=Object.keys(e);if(i.length>0){let r=e[i[0]];if(r!==void 0){this.morphTargetInfluences=[],this.morphTargetDictionary={};for(let o=0,l=r.length;o<l;o++){let c=r[o].name||String(o);this.morphTargetInfluences.push(0),this.morphTargetDictionary[c]=o}}}}};function Ff(n,t,e,i,r,o,l){let c=Vh.distanceSqToPoint(n);if(c<e){let u=new F;Vh.closestPointToPoint(n,u),u.applyMatrix4(i);let d=r.ray.origin.distanceTo(u);if(d<r.near||d>r.far)return;o.push({distance:d,distanceToRay:Math.sqrt(c),point:u,index:t,face:null,faceIndex:null,barycoord:null,object:l})}}var go=class extends si{constructor(t=[],e=Bs,i,r,o,l,c,u,d,p){super(t,e,i,r,o,l,c,u,d,p),this.isCubeTexture=!0,this.flipY=!1}get images(){return this.image}set images(t){this.image=t}};var dn=class extends si{constructor(t,e,i=Vi,r,o,l,c=Ae,u=Ae,d,p=zn,m=1){if(p!==zn&&p!==qn)throw new Error("THREE.DepthTexture: format must be either THREE.DepthFormat or THREE.DepthStencilFormat");let g={width:t,height:e,depth:m};super(g,r,o,l,c,u,p,i,d),this.isDepthTexture=!0,this.flipY=!1,this.generateMipmaps=!1,this.compareFunction=null}copy(t){return super.copy(t),this.source=new _r(Object.assign({},t.image)),this.compareFunction=t.compareFunction,this}toJSON(t){let e=super.toJSON(t);return e.compareFunction=this.compareFunction,e}},_o=class extends dn{constructor(t,e=Vi,i=Bs,r,o,l=Ae,c=Ae,u,d=zn){let p={width:t,height:t,depth:1},m=[p,p,p,p,p,p];super(t,t,e,i,r,o,l,c,u,d),this.image=m,this.isCubeDepthTexture=!0,this.isCubeTexture=!0}get images(){return this.image}set images(t){this.image=t}},vo=class extends si{constructor(t=null){super(),this.sourceTexture=t,this.isExternalTexture=!0}copy(t){return super.copy(t),this.sourceTexture=t.sourceTexture,this}},wr=class n extends He{constructor(t=1,e=1,i=1,r=1,o=1,l=1){super(),this.type="BoxGeometry",this.parameters={width:t,height:e,depth:i,widthSegments:r,heightSegments:o,depthSegments:l};let c=this;r=Math.floor(r),o=Math.floor(o),l=Math.floor(l);let u=[],d=[],p=[],m=[],g=0,_=0;M("z","y","x",-1,-1,i,e,t,l,o,0),M("z","y","x",1,-1,i,e,-t,l,o,1),M("x","z","y",1,1,t,i,e,r,l,2),M("x","z","y",1,-1,t,i,-e,r,l,3),M("x","y","z",1,-1,t,e,i,r,o,4),M("x","y","z",-1,-1,t,e,-i,r,o,5),this.setIndex(u),this.setAttribute("position",new ni(d,3)),this.setAttribute("normal",new ni(p,3)),this.setAttribute("uv",new ni(m,2));function M(T,x,y,A,I,P,N,D,b,C,X){let z=P/b,G=N/C,K=P/2,ot=N/2,B=D/2,it=b+1,Z=C+1,et=0,nt=0,J=new F;for(let ct=0;ct<Z;ct++){let dt=ct*G-ot;for(let At=0;At<it;At++){let It=At*z-K;J[T]=It*A,J[x]=dt*I,J[y]=B,d.push(J.x,J.y,J.z),J[T]=0,J[x]=0,J[y]=D>0?1:-1,p.push(J.x,J.y,J.z),m.push(At/b),m.push(1-ct/C),et+=1}}for(let ct=0;ct<C;ct++)for(let dt=0;dt<b;dt++){let At=g+dt+it*ct,It=g+dt+it*(ct+1),j=g+(dt+1)+it*(ct+1),wt=g+(dt+1)+it*ct;u.push(At,It,wt),u.push(It,j,wt),nt+=6}c.addGroup(_,nt,X),_+=nt,g+=et}}copy(t){return super.copy(t),this.parameters=Object.assign({},t.parameters),this}static fromJSON(t){return new n(t.width,t.height,t.depth,t.widthSegments,t.heightSegments,t.depthSegments)}};var Wn=class n extends He{constructor(t=1,e=1,i=1,r=1){super(),this.type="PlaneGeometry",this.parameters={width:t,height:e,widthSegments:i,heightSegments:r};let o=t/2,l=e/2,c=Math.floor(i),u=Math.floor(r),d=c+1,p=u+1,m=t/c,g=e/u,_=[],M=[],T=[],x=[];for(let y=0;y<p;y++){let A=y*g-l;for(let I=0;I<d;I++){let P=I*m-o;M.push(P,-A,0),T.push(0,0,1),x.push(I/c),x.push(1-y/u)}}for(let y=0;y<u;y++)for(let A=0;A<c;A++){let I=A+d*y,P=A+d*(y+1),N=A+1+d*(y+1),D=A+1+d*y;_.push(I,P,D),_.push(P,N,D)}this.setIndex(_),this.setAttribute("position",new ni(M,3)),this.setAttribute("normal",new ni(T,3)),this.setAttribute("uv",new ni(x,2))}copy(t){return super.copy(t),this.parameters=Object.assign({},t.parameters),this}static fromJSON(t){return new n(t.width,t.height,t.widthSegments,t.heightSegments)}};function ks(n){let t={};for(let e in n){t[e]={};for(let i in n[e]){let r=n[e][i];if(Bf(r))r.isRenderTargetTexture?(Zt("UniformsUtils: Textures of render targets cannot be cloned via cloneUniforms() or mergeUniforms()."),t[e][i]=null):t[e][i]=r.clone();else if(Array.isArray(r))if(Bf(r[0])){let o=[];for(let l=0,c=r.length;l<c;l++)o[l]=r[l].clone();t[e][i]=o}else t[e][i]=r.slice();else t[e][i]=r}}return t}function ui(n){let t={};for(let e=0;e<n.length;e++){let i=ks(n[e]);for(let r in i)t[r]=i[r]}return t}function Bf(n){return n&&(n.isColor||n.isMatrix3||n.isMatrix4||n.isVector2||n.isVector3||n.isVector4||n.isTexture||n.isQuaternion)}function iv(n){let t=[];for(let e=0;e<n.length;e++)t.push(n[e].clone());return t}function Su(n){let t=n.getRenderTarget();return t===null?n.outputColorSpace:t.isXRRenderTarget===!0?t.texture.colorSpace:ae.workingColorSpace}var Rp={clone:ks,merge:ui},nv=`void main() {
	gl_Position = projectionMatrix * modelViewMatrix * vec4( position, 1.0 );
}`,sv=`void main() {
	gl_FragColor = vec4( 1.0, 0.0, 0.0, 1.0 );
}`,ti=class extends kn{constructor(t){super(),this.isShaderMaterial=!0,this.type="ShaderMaterial",this.defines={},this.uniforms={},this.uniformsGroups=[],this.vertexShader=nv,this.fragmentShader=sv,this.linewidth=1,this.wireframe=!1,this.wireframeLinewidth=1,this.fog=!1,this.lights=!1,this.clipping=!1,this.forceSinglePass=!0,this.extensions={clipCullDistance:!1,multiDraw:!1},this.defaultAttributeValues={color:[1,1,1],uv:[0,0],uv1:[0,0]},this.index0AttributeName=void 0,this.uniformsNeedUpdate=!1,this.glslVersion=null,t!==void 0&&this.setValues(t)}copy(t){return super.copy(t),this.fragmentShader=t.fragmentShader,this.vertexShader=t.vertexShader,this.uniforms=ks(t.uniforms),this.uniformsGroups=iv(t.uniformsGroups),this.defines=Object.assign({},t.defines),this.wireframe=t.wireframe,this.wireframeLinewidth=t.wireframeLinewidth,this.fog=t.fog,this.lights=t.lights,this.clipping=t.clipping,this.extensions=Object.assign({},t.extensions),this.glslVersion=t.glslVersion,this.defaultAttributeValues=Object.assign({},t.defaultAttributeValues),this.index0AttributeName=t.index0AttributeName,this.uniformsNeedUpdate=t.uniformsNeedUpdate,this}toJSON(t){let e=super.toJSON(t);e.glslVersion=this.glslVersion,e.uniforms={};for(let r in this.uniforms){let l=this.uniforms[r].value;l&&l.isTexture?e.uniforms[r]={type:"t",value:l.toJSON(t).uuid}:l&&l.isColor?e.uniforms[r]={type:"c",value:l.getHex()}:l&&l.isVector2?e.uniforms[r]={type:"v2",value:l.toArray()}:l&&l.isVector3?e.uniforms[r]={type:"v3",value:l.toArray()}:l&&l.isVector4?e.uniforms[r]={type:"v4",value:l.toArray()}:l&&l.isMatrix3?e.uniforms[r]={type:"m3",value:l.toArray()}:l&&l.isMatrix4?e.uniforms[r]={type:"m4",value:l.toArray()}:e.uniforms[r]={value:l}}Object.keys(this.defines).length>0&&(e.defines=this.defines),e.vertexShader=this.vertexShader,e.fragmentShader=this.fragmentShader,e.lights=this.lights,e.clipping=this.clipping;let i={};for(let r in this.extensions)this.extensions[r]===!0&&(i[r]=!0);return Object.keys(i).length>0&&(e.extensions=i),e}fromJSON(t,e){if(super.fromJSON(t,e),t.uniforms!==void 0)for(let i in t.uniforms){let r=t.uniforms[i];switch(this.uniforms[i]={},r.type){case"t":this.uniforms[i].value=e[r.value]||null;break;case"c":this.uniforms[i].value=new se().setHex(r.value);break;case"v2":this.uniforms[i].value=new Ht().fromArray(r.value);break;case"v3":this.uniforms[i].value=new F().fromArray(r.value);break;case"v4":this.uniforms[i].value=new Re().fromArray(r.value);break;case"m3":this.uniforms[i].value=new Jt().fromArray(r.value);break;case"m4":this.uniforms[i].value=new ce().fromArray(r.value);break;default:this.uniforms[i].value=r.value}}if(t.defines!==void 0&&(this.defines=t.defines),t.vertexShader!==void 0&&(this.vertexShader=t.vertexShader),t.fragmentShader!==void 0&&(this.fragmentShader=t.fragmentShader),t.glslVersion!==void 0&&(this.glslVersion=t.glslVersion),t.extensions!==void 0)for(let i in t.extensions)this.extensions[i]=t.extensions[i];return t.lights!==void 0&&(this.lights=t.lights),t.clipping!==void 0&&(this.clipping=t.clipping),this}},Ka=class extends ti{constructor(t){super(t),this.isRawShaderMaterial=!0,this.type="RawShaderMaterial"}};var Ja=class extends kn{constructor(t){super(),this.isMeshDepthMaterial=!0,this.type="MeshDepthMaterial",this.depthPacking=pp,this.map=null,this.alphaMap=null,this.displacementMap=null,this.displacementScale=1,this.displacementBias=0,this.wireframe=!1,this.wireframeLinewidth=1,this.setValues(t)}copy(t){return super.copy(t),this.depthPacking=t.depthPacking,this.map=t.map,this.alphaMap=t.alphaMap,this.displacementMap=t.displacementMap,this.displacementScale=t.displacementScale,this.displacementBias=t.displacementBias,this.wireframe=t.wireframe,this.wireframeLinewidth=t.wireframeLinewidth,this}},Qa=class extends kn{constructor(t){super(),this.isMeshDistanceMaterial=!0,this.type="MeshDistanceMaterial",this.map=null,this.alphaMap=null,this.displacementMap=null,this.displacementScale=1,this.displacementBias=0,this.setValues(t)}copy(t){return super.copy(t),this.map=t.map,this.alphaMap=t.alphaMap,this.displacementMap=t.displacementMap,this.displacementScale=t.displacementScale,this.displacementBias=t.displacementBias,this}};function ar(n,t){return!n||n.constructor===t?n:typeof t.BYTES_PER_ELEMENT=="number"?new t(n):Array.prototype.slice.call(n)}function Ra(n){return n!==void 0&&n.inTangents!==void 0&&n.outTangents!==void 0}var as=class{constructor(t,e,i,r){this.parameterPositions=t,this._cachedIndex=0,this.resultBuffer=r!==void 0?r:new e.constructor(i),this.sampleValues=e,this.valueSize=i,this.settings=null,this.DefaultSettings_={}}evaluate(t){let e=this.parameterPositions,i=this._cachedIndex,r=e[i],o=e[i-1];i:{t:{let l;e:{n:if(!(t<r)){for(let c=i+2;;){if(r===void 0){if(t<o)break n;return i=e.length,this._cachedIndex=i,this.copySampleValue_(i-1)}if(i===c)break;if(o=r,r=e[++i],t<r)break t}l=e.length;break e}if(!(t>=o)){let c=e[1];t<c&&(i=2,o=c);for(let u=i-2;;){if(o===void 0)return this._cachedIndex=0,this.copySampleValue_(0);if(i===u)break;if(r=o,o=e[--i-1],t>=o)break t}l=i,i=0;break e}break i}for(;i<l;){let c=i+l>>>1;t<e[c]?l=c:i=c+1}if(r=e[i],o=e[i-1],o===void 0)return this._cachedIndex=0,this.copySampleValue_(0);if(r===void 0)return i=e.length,this._cachedIndex=i,this.copySampleValue_(i-1)}this._cachedIndex=i,this.intervalChanged_(i,o,r)}return this.interpolate_(i,o,t,r)}getSettings_(){return this.settings||this.DefaultSettings_}copySampleValue_(t){let e=this.resultBuffer,i=this.sampleValues,r=this.valueSize,o=t*r;for(let l=0;l!==r;++l)e[l]=i[o+l];return e}interpolate_(){throw new Error("THREE.Interpolant: Call to abstract method.")}intervalChanged_(){}},tl=class extends as{constructor(t,e,i,r){super(t,e,i,r),this._weightPrev=-0,this._offsetPrev=-0,this._weightNext=-0,this._offsetNext=-0,this.DefaultSettings_={endingStart:zh,endingEnd:zh}}intervalChanged_(t,e,i){let r=this.parameterPositions,o=t-2,l=t+1,c=r[o],u=r[l];if(c===void 0)switch(this.getSettings_().endingStart){case kh:o=t,c=2*e-i;break;case Hh:o=r.length-2,c=e+r[o]-r[o+1];break;default:o=t,c=i}if(u===void 0)switch(this.getSettings_().endingEnd){case kh:l=t,u=2*i-e;break;case Hh:l=1,u=i+r[1]-r[0];break;default:l=t-1,u=e}let d=(i-e)*.5,p=this.valueSize;this._weightPrev=d/(e-c),this._weightNext=d/(u-i),this._offsetPrev=o*p,this._offsetNext=l*p}interpolate_(t,e,i,r){let o=this.resultBuffer,l=this.sampleValues,c=this.valueSize,u=t*c,d=u-c,p=this._offsetPrev,m=this._offsetNext,g=this._weightPrev,_=this._weightNext,M=(i-e)/(r-e),T=M*M,x=T*M,y=-g*x+2*g*T-g*M,A=(1+g)*x+(-1.5-2*g)*T+(-.5+g)*M+1,I=(-1-_)*x+(1.5+_)*T+.5*M,P=_*x-_*T;for(let N=0;N!==c;++N)o[N]=y*l[p+N]+A*l[d+N]+I*l[u+N]+P*l[m+N];return o}},el=class extends as{constructor(t,e,i,r){super(t,e,i,r)}interpolate_(t,e,i,r){let o=this.resultBuffer,l=this.sampleValues,c=this.valueSize,u=t*c,d=u-c,p=(i-e)/(r-e),m=1-p;for(let g=0;g!==c;++g)o[g]=l[d+g]*m+l[u+g]*p;return o}},il=class extends as{constructor(t,e,i,r){super(t,e,i,r)}interpolate_(t){return this.copySampleValue_(t-1)}},nl=class extends as{interpolate_(t,e,i,r){let o=this.resultBuffer,l=this.sampleValues,c=this.valueSize,u=t*c,d=u-c,p=this.inTangents,m=this.outTangents;if(!p||!m){let M=(i-e)/(r-e),T=1-M;for(let x=0;x!==c;++x)o[x]=l[d+x]*T+l[u+x]*M;return o}let g=c*2,_=t-1;for(let M=0;M!==c;++M){let T=l[d+M],x=l[u+M],y=_*g+M*2,A=m[y],I=m[y+1],P=t*g+M*2,N=p[P],D=p[P+1],b=ov(i,e,A,N,r);o[M]=Lp(b,T,I,D,x)}return o}};function Lp(n,t,e,i,r){let o=1-n;return o*o*o*t+3*o*o*n*e+3*o*n*n*i+n*n*n*r}function rv(n,t,e,i,r){let o=1-n;return 3*o*o*(e-t)+6*o*n*(i-e)+3*n*n*(r-i)}function ov(n,t,e,i,r){let o=(n-t)/(r-t);for(let l=0;l<8;l++){let c=Lp(o,t,e,i,r)-n;if(Math.abs(c)<1e-10)break;let u=rv(o,t,e,i,r);if(Math.abs(u)<1e-10)break;o=Math.max(0,Math.min(1,o-c/u))}return o}var zi=class{constructor(t,e,i,r){if(t===void 0)throw new Error("THREE.KeyframeTrack: track name is undefined");if(e===void 0||e.length===0)throw new Error("THREE.KeyframeTrack: no keyframes in track named "+t);this.name=t,this.times=ar(e,this.TimeBufferType),this.values=ar(i,this.ValueBufferType),this.setInterpolation(r||this.DefaultInterpolation)}static toJSON(t){let e=t.constructor,i;if(e.toJSON!==this.toJSON)i=e.toJSON(t);else{i={name:t.name,times:ar(t.times,Array),values:ar(t.values,Array)};let r=t.getInterpolation();r!==t.DefaultInterpolation&&(i.interpolation=r),Ra(t.settings)&&(i.settings={inTangents:ar(t.settings.inTangents,Array),outTangents:ar(t.settings.outTangents,Array)})}return i.type=t.ValueTypeName,i}InterpolantFactoryMethodDiscrete(t){return new il(this.times,this.values,this.getValueSize(),t)}InterpolantFactoryMethodLinear(t){return new el(this.times,this.values,this.getValueSize(),t)}InterpolantFactoryMethodSmooth(t){return new tl(this.times,this.values,this.getValueSize(),t)}InterpolantFactoryMethodBezier(t){let e=new nl(this.times,this.values,this.getValueSize(),t);return this.settings&&(e.inTangents=this.settings.inTangents,e.outTangents=this.settings.outTangents),e}setInterpolation(t){let e;switch(t){case co:e=this.InterpolantFactoryMethodDiscrete;break;case Wa:e=this.InterpolantFactoryMethodLinear;break;case Da:e=this.InterpolantFactoryMethodSmooth;break;case Bh:e=this.InterpolantFactoryMethodBezier;break}if(e===void 0){let i="unsupported interpolation for "+this.ValueTypeName+" keyframe track named "+this.name;if(this.createInterpolant===void 0)if(t!==this.DefaultInterpolation)this.setInterpolation(this.DefaultInterpolation);else throw new Error(i);return Zt("KeyframeTrack:",i),this}return this.createInterpolant=e,this}getInterpolation(){switch(this.createInterpolant){case this.InterpolantFactoryMethodDiscrete:return co;case this.InterpolantFactoryMethodLinear:return Wa;case this.InterpolantFactoryMethodSmooth:return Da;case this.InterpolantFactoryMethodBezier:return Bh}}getValueSize(){return this.values.length/this.times.length}shift(t){if(t!==0){let e=this.times;for(let i=0,r=e.length;i!==r;++i)e[i]+=t;Ra(this.settings)&&(zf(this.settings.inTangents,t),zf(this.settings.outTangents,t))}return this}scale(t){if(t!==1){let e=this.times;for(let i=0,r=e.length;i!==r;++i)e[i]*=t;Ra(this.settings)&&(kf(this.settings.inTangents,t),kf(this.settings.outTangents,t))}return this}trim(t,e){let i=this.times,r=i.length,o=0,l=r-1;for(;o!==r&&i[o]<t;)++o;for(;l!==-1&&i[l]>e;)--l;if(++l,o!==0||l!==r){o>=l&&(l=Math.max(l,1),o=l-1);let c=this.getValueSize();this.times=i.slice(o,l),this.values=this.values.slice(o*c,l*c)}return this}validate(){let t=!0,e=this.getValueSize();e-Math.floor(e)!==0&&(Kt("KeyframeTrack: Invalid value size in track.",this),t=!1);let i=this.times,r=this.values,o=i.length;o===0&&(Kt("KeyframeTrack: Track is empty.",this),t=!1);let l=null;for(let c=0;c!==o;c++){let u=i[c];if(typeof u=="number"&&isNaN(u)){Kt("KeyframeTrack: Time is not a valid number.",this,c,u),t=!1;break}if(l!==null&&l>u){Kt("KeyframeTrack: Out of order keys.",this,c,u,l),t=!1;break}l=u}if(r!==void 0&&b0(r))for(let c=0,u=r.length;c!==u;++c){let d=r[c];if(isNaN(d)){Kt("KeyframeTrack: Value is not a valid number.",this,c,d),t=!1;break}}return t}optimize(){let t=this.times.slice(),e=this.values.slice(),i=this.getValueSize(),r=this.getInterpolation()===Da,o=t.length-1,l=1;for(let c=1;c<o;++c){let u=!1,d=t[c],p=t[c+1];if(d!==p&&(c!==1||d!==t[0]))if(r)u=!0;else{let m=c*i,g=m-i,_=m+i;for(let M=0;M!==i;++M){let T=e[m+M];if(T!==e[g+M]||T!==e[_+M]){u=!0;break}}}if(u){if(c!==l){t[l]=t[c];let m=c*i,g=l*i;for(let _=0;_!==i;++_)e[g+_]=e[m+_]}++l}}if(o>0){t[l]=t[o];for(let c=o*i,u=l*i,d=0;d!==i;++d)e[u+d]=e[c+d];++l}return l!==t.length?(this.times=t.slice(0,l),this.values=e.slice(0,l*i)):(this.times=t,this.values=e),this}clone(){let t=this.times.slice(),e=this.values.slice(),i=this.constructor,r=new i(this.name,t,e);return r.createInterpolant=this.createInterpolant,Ra(this.settings)&&(r.settings={inTangents:this.settings.inTangents.slice(),outTangents:this.settings.outTangents.slice()}),r}};function zf(n,t){for(let e=0,i=n.length;e!==i;e+=2)n[e]+=t}function kf(n,t){for(let e=0,i=n.length;e!==i;e+=2)n[e]*=t}zi.prototype.ValueTypeName="";zi.prototype.TimeBufferType=Float32Array;zi.prototype.ValueBufferType=Float32Array;zi.prototype.DefaultInterpolation=Wa;var ls=class extends zi{constructor(t,e,i){super(t,e,i)}};ls.prototype.ValueTypeName="bool";ls.prototype.ValueBufferType=Array;ls.prototype.DefaultInterpolation=co;ls.prototype.InterpolantFactoryMethodLinear=void 0;ls.prototype.InterpolantFactoryMethodSmooth=void 0;var sl=class extends zi{constructor(t,e,i,r){super(t,e,i,r)}};sl.prototype.ValueTypeName="color";var rl=class extends zi{constructor(t,e,i,r){super(t,e,i,r)}};rl.prototype.ValueTypeName="number";var ol=class extends as{constructor(t,e,i,r){super(t,e,i,r)}interpolate_(t,e,i,r){let o=this.resultBuffer,l=this.sampleValues,c=this.valueSize,u=(i-e)/(r-e),d=t*c;for(let p=d+c;d!==p;d+=4)qe.slerpFlat(o,0,l,d-c,l,d,u);return o}},yo=class extends zi{constructor(t,e,i,r){super(t,e,i,r)}InterpolantFactoryMethodLinear(t){return new ol(this.times,this.values,this.getValueSize(),t)}};yo.prototype.ValueTypeName="quaternion";yo.prototype.InterpolantFactoryMethodSmooth=void 0;var cs=class extends zi{constructor(t,e,i){super(t,e,i)}};cs.prototype.ValueTypeName="string";cs.prototype.ValueBufferType=Array;cs.prototype.DefaultInterpolation=co;cs.prototype.InterpolantFactoryMethodLinear=void 0;cs.prototype.InterpolantFactoryMethodSmooth=void 0;var al=class extends zi{constructor(t,e,i,r){super(t,e,i,r)}};al.prototype.ValueTypeName="vector";var Oa={enabled:!1,files:{},add:function(n,t){this.enabled!==!1&&(Hf(n)||(this.files[n]=t))},get:function(n){if(this.enabled!==!1&&!Hf(n))return this.files[n]},remove:function(n){delete this.files[n]},clear:function(){this.files={}}};function Hf(n){try{let t=n.slice(n.indexOf(":")+1);return new URL(t).protocol==="blob:"}catch{return!1}}var ll=class{constructor(t,e,i){let r=this,o=!1,l=0,c=0,u,d=[];this.onStart=void 0,this.onLoad=t,this.onProgress=e,this.onError=i,this._abortController=null,this.itemStart=function(p){c++,o===!1&&r.onStart!==void 0&&r.onStart(p,l,c),o=!0},this.itemEnd=function(p){l++,r.onProgress!==void 0&&r.onProgress(p,l,c),l===c&&(o=!1,r.onLoad!==void 0&&r.onLoad())},this.itemError=function(p){r.onError!==void 0&&r.onError(p)},this.resolveURL=function(p){return p=p.normalize("NFC"),u?u(p):p},this.setURLModifier=function(p){return u=p,this},this.addHandler=function(p,m){return d.push(p,m),this},this.removeHandler=function(p){let m=d.indexOf(p);return m!==-1&&d.splice(m,2),this},this.getHandler=function(p){for(let m=0,g=d.length;m<g;m+=2){let _=d[m],M=d[m+1];if(_.global&&(_.lastIndex=0),_.test(p))return M}return null},this.abort=function(){return this.abortController.abort(),this._abortController=null,this}}get abortController(){return this._abortController||(this._abortController=new AbortController),this._abortController}},Ip=new ll,Er=class{constructor(t){this.manager=t!==void 0?t:Ip,this.crossOrigin="anonymous",this.withCredentials=!1,this.path="",this.resourcePath="",this.requestHeader={},this.priority="auto",this.cache="default",typeof __THREE_DEVTOOLS__<"u"&&__THREE_DEVTOOLS__.dispatchEvent(new CustomEvent("observe",{detail:this}))}load(){}loadAsync(t,e){let i=this;return new Promise(function(r,o){i.load(t,r,e,o)})}parse(){}setCrossOrigin(t){return this.crossOrigin=t,this}setWithCredentials(t){return this.withCredentials=t,this}setPath(t){return this.path=t,this}setResourcePath(t){return this.resourcePath=t,this}setRequestHeader(t){return this.requestHeader=t,this}setPriority(t){return this.priority=t,this}setCache(t){return this.cache=t,this}abort(){return this}};Er.DEFAULT_MATERIAL_NAME="__DEFAULT";var lr=new WeakMap,cl=class extends Er{constructor(t){super(t)}load(t,e,i,r){this.path!==void 0&&(t=this.path+t),t=this.manager.resolveURL(t);let o=this,l=Oa.get(`image:${t}`);if(l!==void 0){if(l.complete===!0)o.manager.itemStart(t),setTimeout(function(){e&&e(l),o.manager.itemEnd(t)},0);else{let m=lr.get(l);m===void 0&&(m=[],lr.set(l,m)),m.push({onLoad:e,onError:r})}return l}let c=pr("img");function u(){p(),e&&e(this);let m=lr.get(this)||[];for(let g=0;g<m.length;g++){let _=m[g];_.onLoad&&_.onLoad(this)}lr.delete(this),o.manager.itemEnd(t)}function d(m){p(),r&&r(m),Oa.remove(`image:${t}`);let g=lr.get(this)||[];for(let _=0;_<g.length;_++){let M=g[_];M.onError&&M.onError(m)}lr.delete(this),o.manager.itemError(t),o.manager.itemEnd(t)}function p(){c.removeEventListener("load",u,!1),c.removeEventListener("error",d,!1)}return c.addEventListener("load",u,!1),c.addEventListener("error",d,!1),t.slice(0,5)!=="data:"&&this.crossOrigin!==void 0&&(c.crossOrigin=this.crossOrigin),Oa.add(`image:${t}`,c),o.manager.itemStart(t),c.fetchPriority=this.priority,c.src=t,c}};var Us=class extends Er{constructor(t){super(t)}load(t,e,i,r){let o=new si,l=new cl(this.manager);return l.setPriority(this.priority),l.setCache(this.cache),l.setCrossOrigin(this.crossOrigin),l.setPath(this.path),l.load(t,function(c){o.image=c,o.needsUpdate=!0,e!==void 0&&e(o)},i,r),o}};var La=new F,Ia=new qe,_n=new F,Xn=class extends Ai{constructor(){super(),this.isCamera=!0,this.type="Camera",this.matrixWorldInverse=new ce,this.projectionMatrix=new ce,this.projectionMatrixInverse=new ce,this.coordinateSystem=Ki,this._reversedDepth=!1}get reversedDepth(){return this._reversedDepth}copy(t,e){return super.copy(t,e),this.matrixWorldInverse.copy(t.matrixWorldInverse),this.projectionMatrix.copy(t.projectionMatrix),this.projectionMatrixInverse.copy(t.projectionMatrixInverse),this.coordinateSystem=t.coordinateSystem,this}getWorldDirection(t){return super.getWorldDirection(t).negate()}updateMatrixWorld(t){super.updateMatrixWorld(t),this.matrixWorld.decompose(La,Ia,_n),_n.x===1&&_n.y===1&&_n.z===1?this.matrixWorldInverse.copy(this.matrixWorld).invert():this.matrixWorldInverse.compose(La,Ia,_n.set(1,1,1)).invert()}updateWorldMatrix(t,e,i=!1){super.updateWorldMatrix(t,e,i),this.matrixWorld.decompose(La,Ia,_n),_n.x===1&&_n.y===1&&_n.z===1?this.matrixWorldInverse.copy(this.matrixWorld).invert():this.matrixWorldInverse.compose(La,Ia,_n.set(1,1,1)).invert()}clone(){return new this.constructor().copy(this)}},ss=new F,Vf=new Ht,Gf=new Ht,vi=class extends Xn{constructor(t=50,e=1,i=.1,r=2e3){super(),this.isPerspectiveCamera=!0,this.type="PerspectiveCamera",this.fov=t,this.zoom=1,this.near=i,this.far=r,this.focus=10,this.aspect=e,this.view=null,this.filmGauge=35,this.filmOffset=0,this.updateProjectionMatrix()}copy(t,e){return super.copy(t,e),this.fov=t.fov,this.zoom=t.zoom,this.near=t.near,this.far=t.far,this.focus=t.focus,this.aspect=t.aspect,this.view=t.view===null?null:Object.assign({},t.view),this.filmGauge=t.filmGauge,this.filmOffset=t.filmOffset,this}setFocalLength(t){let e=.5*this.getFilmHeight()/t;this.fov=gr*2*Math.atan(e),this.updateProjectionMatrix()}getFocalLength(){let t=Math.tan(ao*.5*this.fov);return .5*this.getFilmHeight()/t}getEffectiveFOV(){return gr*2*Math.atan(Math.tan(ao*.5*this.fov)/this.zoom)}getFilmWidth(){return this.filmGauge*Math.min(this.aspect,1)}getFilmHeight(){return this.filmGauge/Math.max(this.aspect,1)}getViewBounds(t,e,i){ss.set(-1,-1,.5).applyMatrix4(this.projectionMatrixInverse),e.set(ss.x,ss.y).multiplyScalar(-t/ss.z),ss.set(1,1,.5).applyMatrix4(this.projectionMatrixInverse),i.set(ss.x,ss.y).multiplyScalar(-t/ss.z)}getViewSize(t,e){return this.getViewBounds(t,Vf,Gf),e.subVectors(Gf,Vf)}setViewOffset(t,e,i,r,o,l){this.aspect=t/e,this.view===null&&(this.view={enabled:!0,fullWidth:1,fullHeight:1,offsetX:0,offsetY:0,width:1,height:1}),this.view.enabled=!0,this.view.fullWidth=t,this.view.fullHeight=e,this.view.offsetX=i,this.view.offsetY=r,this.view.width=o,this.view.height=l,this.updateProjectionMatrix()}clearViewOffset(){this.view!==null&&(this.view.enabled=!1),this.updateProjectionMatrix()}updateProjectionMatrix(){let t=this.near,e=t*Math.tan(ao*.5*this.fov)/this.zoom,i=2*e,r=this.aspect*i,o=-.5*r,l=this.view;if(this.view!==null&&this.view.enabled){let u=l.fullWidth,d=l.fullHeight;o+=l.offsetX*r/u,e-=l.offsetY*i/d,r*=l.width/u,i*=l.height/d}let c=this.filmOffset;c!==0&&(o+=t*c/this.getFilmWidth()),this.projectionMatrix.makePerspective(o,o+r,e,e-i,t,this.far,this.coordinateSystem,this.reversedDepth),this.projectionMatrixInverse.copy(this.projectionMatrix).invert()}toJSON(t){let e=super.toJSON(t);return e.object.fov=this.fov,e.object.zoom=this.zoom,e.object.near=this.near,e.object.far=this.far,e.object.focus=this.focus,e.object.aspect=this.aspect,this.view!==null&&(e.object.view=Object.assign({},this.view)),e.object.filmGauge=this.filmGauge,e.object.filmOffset=this.filmOffset,e}};var hl=class extends Xn{constructor(t=-1,e=1,i=1,r=-1,o=.1,l=2e3){super(),this.isOrthographicCamera=!0,this.type="OrthographicCamera",this.zoom=1,this.view=null,this.left=t,this.right=e,this.top=i,this.bottom=r,this.near=o,this.far=l,this.updateProjectionMatrix()}copy(t,e){return super.copy(t,e),this.left=t.left,this.right=t.right,this.top=t.top,this.bottom=t.bottom,this.near=t.near,this.far=t.far,this.zoom=t.zoom,this.view=t.view===null?null:Object.assign({},t.view),this}setViewOffset(t,e,i,r,o,l){this.view===null&&(this.view={enabled:!0,fullWidth:1,fullHeight:1,offsetX:0,offsetY:0,width:1,height:1}),this.view.enabled=!0,this.view.fullWidth=t,this.view.fullHeight=e,this.view.offsetX=i,this.view.offsetY=r,this.view.width=o,this.view.height=l,this.updateProjectionMatrix()}clearViewOffset(){this.view!==null&&(this.view.enabled=!1),this.updateProjectionMatrix()}updateProjectionMatrix(){let t=(this.right-this.left)/(2*this.zoom),e=(this.top-this.bottom)/(2*this.zoom),i=(this.right+this.left)/2,r=(this.top+this.bottom)/2,o=i-t,l=i+t,c=r+e,u=r-e;if(this.view!==null&&this.view.enabled){let d=(this.right-this.left)/this.view.fullWidth/this.zoom,p=(this.top-this.bottom)/this.view.fullHeight/this.zoom;o+=d*this.view.offsetX,l=o+d*this.view.width,c-=p*this.view.offsetY,u=c-p*this.view.height}this.projectionMatrix.makeOrthographic(o,l,c,u,this.near,this.far,this.coordinateSystem,this.reversedDepth),this.projectionMatrixInverse.copy(this.projectionMatrix).invert()}toJSON(t){let e=super.toJSON(t);return e.object.zoom=this.zoom,e.object.left=this.left,e.object.right=this.right,e.object.top=this.top,e.object.bottom=this.bottom,e.object.near=this.near,e.object.far=this.far,this.view!==null&&(e.object.view=Object.assign({},this.view)),e}};var cr=-90,hr=1,Tr=class extends Ai{constructor(t,e,i){super(),this.type="CubeCamera",this.renderTarget=i,this.coordinateSystem=null,this.activeMipmapLevel=0;let r=new vi(cr,hr,t,e);r.layers=this.layers,this.add(r);let o=new vi(cr,hr,t,e);o.layers=this.layers,this.add(o);let l=new vi(cr,hr,t,e);l.layers=this.layers,this.add(l);let c=new vi(cr,hr,t,e);c.layers=this.layers,this.add(c);let u=new vi(cr,hr,t,e);u.layers=this.layers,this.add(u);let d=new vi(cr,hr,t,e);d.layers=this.layers,this.add(d)}updateCoordinateSystem(){let t=this.coordinateSystem,e=this.children.concat(),[i,r,o,l,c,u]=e;for(let d of e)this.remove(d);if(t===Ki)i.up.set(0,1,0),i.lookAt(1,0,0),r.up.set(0,1,0),r.lookAt(-1,0,0),o.up.set(0,0,-1),o.lookAt(0,1,0),l.up.set(0,0,1),l.lookAt(0,-1,0),c.up.set(0,1,0),c.lookAt(0,0,1),u.up.set(0,1,0),u.lookAt(0,0,-1);else if(t===uo)i.up.set(0,-1,0),i.lookAt(-1,0,0),r.up.set(0,-1,0),r.lookAt(1,0,0),o.up.set(0,0,1),o.lookAt(0,1,0),l.up.set(0,0,-1),l.lookAt(0,-1,0),c.up.set(0,-1,0),c.lookAt(0,0,1),u.up.set(0,-1,0),u.lookAt(0,0,-1);else throw new Error("THREE.CubeCamera.updateCoordinateSystem(): Invalid coordinate system: "+t);for(let d of e)this.add(d),d.updateMatrixWorld()}update(t,e){this.parent===null&&this.updateMatrixWorld();let{renderTarget:i,activeMipmapLevel:r}=this;this.coordinateSystem!==t.coordinateSystem&&(this.coordinateSystem=t.coordinateSystem,this.updateCoordinateSystem());let[o,l,c,u,d,p]=this.children,m=t.getRenderTarget(),g=t.getActiveCubeFace(),_=t.getActiveMipmapLevel(),M=t.xr.enabled;t.xr.enabled=!1;let T=i.texture.mipmapsAutoUpdate;i.texture.mipmapsAutoUpdate=!1;let x=!1;t.isWebGLRenderer===!0?x=t.state.buffers.depth.getReversed():x=t.reversedDepthBuffer,t.setRenderTarget(i,0,r),x&&t.autoClear===!1&&t.clearDepth(),t.render(e,o),t.setRenderTarget(i,1,r),x&&t.autoClear===!1&&t.clearDepth(),t.render(e,l),t.setRenderTarget(i,2,r),x&&t.autoClear===!1&&t.clearDepth(),t.render(e,c),t.setRenderTarget(i,3,r),x&&t.autoClear===!1&&t.clearDepth(),t.render(e,u),t.setRenderTarget(i,4,r),x&&t.autoClear===!1&&t.clearDepth(),t.render(e,d),i.texture.mipmapsAutoUpdate=T,t.setRenderTarget(i,5,r),x&&t.autoClear===!1&&t.clearDepth(),t.render(e,p),t.setRenderTarget(m,g,_),t.xr.enabled=M,i.texture.needsPMREMUpdate=!0}},ul=class extends vi{constructor(t=[]){super(),this.isArrayCamera=!0,this.isMultiViewCamera=!1,this.cameras=t,this.perCameraFrustumCulled=!1}};var wu="\\[\\]\\.:\\/",av=new RegExp("["+wu+"]","g"),Eu="[^"+wu+"]",lv="[^"+wu.replace("\\.","")+"]",cv=/((?:WC+[\/:])*)/.source.replace("WC",Eu),hv=/(WCOD+)?/.source.replace("WCOD",lv),uv=/(?:\.(WC+)(?:\[(.+)\])?)?/.source.replace("WC",Eu),dv=/\.(WC+)(?:\[(.+)\])?/.source.replace("WC",Eu),fv=new RegExp("^"+cv+hv+uv+dv+"$"),pv=["material","materials","bones","map"],Gh=class{constructor(t,e,i){let r=i||Ce.parseTrackName(e);this._targetGroup=t,this._bindings=t.subscribe_(e,r)}getValue(t,e){this.bind();let i=this._targetGroup.nCachedObjects_,r=this._bindings[i];r!==void 0&&r.getValue(t,e)}setValue(t,e){let i=this._bindings;for(let r=this._targetGroup.nCachedObjects_,o=i.length;r!==o;++r)i[r].setValue(t,e)}bind(){let t=this._bindings;for(let e=this._targetGroup.nCachedObjects_,i=t.length;e!==i;++e)t[e].bind()}unbind(){let t=this._bindings;for(let e=this._targetGroup.nCachedObjects_,i=t.length;e!==i;++e)t[e].unbind()}},Ce=class n{constructor(t,e,i){this.path=e,this.parsedPath=i||n.parseTrackName(e),this.node=n.findNode(t,this.parsedPath.nodeName),this.rootNode=t,this.getValue=this._getValue_unbound,this.setValue=this._setValue_unbound}static create(t,e,i){return t&&t.isAnimationObjectGroup?new n.Composite(t,e,i):new n(t,e,i)}static sanitizeNodeName(t){return t.replace(/\s/g,"_").replace(av,"")}static parseTrackName(t){let e=fv.exec(t);if(e===null)throw new Error("THREE.PropertyBinding: Cannot parse trackName: "+t);let i={nodeName:e[2],objectName:e[3],objectIndex:e[4],propertyName:e[5],propertyIndex:e[6]},r=i.nodeName&&i.nodeName.lastIndexOf(".");if(r!==void 0&&r!==-1){let o=i.nodeName.substring(r+1);pv.indexOf(o)!==-1&&(i.nodeName=i.nodeName.substring(0,r),i.objectName=o)}if(i.propertyName===null||i.propertyName.length===0)throw new Error("THREE.PropertyBinding: can not parse propertyName from trackName: "+t);return i}static findNode(t,e){if(e===void 0||e===""||e==="."||e===-1||e===t.name||e===t.uuid)return t;if(t.skeleton){let i=t.skeleton.getBoneByName(e);if(i!==void 0)return i}if(t.children){let i=function(o){for(let l=0;l<o.length;l++){let c=o[l];if(c.name===e||c.uuid===e)return c;let u=i(c.children);if(u)return u}return null},r=i(t.children);if(r)return r}return null}_getValue_unavailable(){}_setValue_unavailable(){}_getValue_direct(t,e){t[e]=this.targetObject[this.propertyName]}_getValue_array(t,e){let i=this.resolvedProperty;for(let r=0,o=i.length;r!==o;++r)t[e++]=i[r]}_getValue_arrayElement(t,e){t[e]=this.resolvedProperty[this.propertyIndex]}_getValue_toArray(t,e){this.resolvedProperty.toArray(t,e)}_setValue_direct(t,e){this.targetObject[this.propertyName]=t[e]}_setValue_direct_setNeedsUpdate(t,e){this.targetObject[this.propertyName]=t[e],this.targetObject.needsUpdate=!0}_setValue_direct_setMatrixWorldNeedsUpdate(t,e){this.targetObject[this.propertyName]=t[e],this.targetObject.matrixWorldNeedsUpdate=!0}_setValue_array(t,e){let i=this.resolvedProperty;for(let r=0,o=i.length;r!==o;++r)i[r]=t[e++]}_setValue_array_setNeedsUpdate(t,e){let i=this.resolvedProperty;for(let r=0,o=i.length;r!==o;++r)i[r]=t[e++];this.targetObject.needsUpdate=!0}_setValue_array_setMatrixWorldNeedsUpdate(t,e){let i=this.resolvedProperty;for(let r=0,o=i.length;r!==o;++r)i[r]=t[e++];this.targetObject.matrixWorldNeedsUpdate=!0}_setValue_arrayElement(t,e){this.resolvedProperty[this.propertyIndex]=t[e]}_setValue_arrayElement_setNeedsUpdate(t,e){this.resolvedProperty[this.propertyIndex]=t[e],this.targetObject.needsUpdate=!0}_setValue_arrayElement_setMatrixWorldNeedsUpdate(t,e){this.resolvedProperty[this.propertyIndex]=t[e],this.targetObject.matrixWorldNeedsUpdate=!0}_setValue_fromArray(t,e){this.resolvedProperty.fromArray(t,e)}_setValue_fromArray_setNeedsUpdate(t,e){this.resolvedProperty.fromArray(t,e),this.targetObject.needsUpdate=!0}_setValue_fromArray_setMatrixWorldNeedsUpdate(t,e){this.resolvedProperty.fromArray(t,e),this.targetObject.matrixWorldNeedsUpdate=!0}_getValue_unbound(t,e){this.bind(),this.getValue(t,e)}_setValue_unbound(t,e){this.bind(),this.setValue(t,e)}bind(){let t=this.node,e=this.parsedPath,i=e.objectName,r=e.propertyName,o=e.propertyIndex;if(t||(t=n.findNode(this.rootNode,e.nodeName),this.node=t),this.getValue=this._getValue_unavailable,this.setValue=this._setValue_unavailable,!t){Zt("PropertyBinding: No target node found for track: "+this.path+".");return}if(i){let d=e.objectIndex;switch(i){case"materials":if(!t.material){Kt("PropertyBinding: Can not bind to material as node does not have a material.",this);return}if(!t.material.materials){Kt("PropertyBinding: Can not bind to material.materials as node.material does not have a materials array.",this);return}t=t.material.materials;break;case"bones":if(!t.skeleton){Kt("PropertyBinding: Can not bind to bones as node does not have a skeleton.",this);return}t=t.skeleton.bones;for(let p=0;p<t.length;p++)if(t[p].name===d){d=p;break}break;case"map":if("map"in t){t=t.map;break}if(!t.material){Kt("PropertyBinding: Can not bind to material as node does not have a material.",this);return}if(!t.material.map){Kt("PropertyBinding: Can not bind to material.map as node.material does not have a map.",this);return}t=t.material.map;break;default:if(t[i]===void 0){Kt("PropertyBinding: Can not bind to objectName of node undefined.",this);return}t=t[i]}if(d!==void 0){if(t[d]===void 0){Kt("PropertyBinding: Trying to bind to objectIndex of objectName, but is undefined.",this,t);return}t=t[d]}}let l=t[r];if(l===void 0){let d=e.nodeName;Kt("PropertyBinding: Trying to update property for track: "+d+"."+r+" but it wasn't found.",t);return}let c=this.Versioning.None;this.targetObject=t,t.isMaterial===!0?c=this.Versioning.NeedsUpdate:t.isObject3D===!0&&(c=this.Versioning.MatrixWorldNeedsUpdate);let u=this.BindingType.Direct;if(o!==void 0){if(r==="morphTargetInfluences"){if(!t.geometry){Kt("PropertyBinding: Can not bind to morphTargetInfluences because node does not have a geometry.",this);return}if(!t.geometry.morphAttributes){Kt("PropertyBinding: Can not bind to morphTargetInfluences because node does not have a geometry.morphAttributes.",this);return}t.morphTargetDictionary[o]!==void 0&&(o=t.morphTargetDictionary[o])}u=this.BindingType.ArrayElement,this.resolvedProperty=l,this.propertyIndex=o}else l.fromArray!==void 0&&l.toArray!==void 0?(u=this.BindingType.HasFromToArray,this.resolvedProperty=l):Array.isArray(l)?(u=this.BindingType.EntireArray,this.resolvedProperty=l):this.propertyName=r;this.getValue=this.GetterByBindingType[u],this.setValue=this.SetterByBindingTypeAndVersioning[u][c]}unbind(){this.node=null,this.getValue=this._getValue_unbound,this.setValue=this._setValue_unbound}};Ce.Composite=Gh;Ce.prototype.BindingType={Direct:0,EntireArray:1,ArrayElement:2,HasFromToArray:3};Ce.prototype.Versioning={None:0,NeedsUpdate:1,MatrixWorldNeedsUpdate:2};Ce.prototype.GetterByBindingType=[Ce.prototype._getValue_direct,Ce.prototype._getValue_array,Ce.prototype._getValue_arrayElement,Ce.prototype._getValue_toArray];Ce.prototype.SetterByBindingTypeAndVersioning=[[Ce.prototype._setValue_direct,Ce.prototype._setValue_direct_setNeedsUpdate,Ce.prototype._setValue_direct_setMatrixWorldNeedsUpdate],[Ce.prototype._setValue_array,Ce.prototype._setValue_array_setNeedsUpdate,Ce.prototype._setValue_array_setMatrixWorldNeedsUpdate],[Ce.prototype._setValue_arrayElement,Ce.prototype._setValue_arrayElement_setNeedsUpdate,Ce.prototype._setValue_arrayElement_setMatrixWorldNeedsUpdate],[Ce.prototype._setValue_fromArray,Ce.prototype._setValue_fromArray_setNeedsUpdate,Ce.prototype._setValue_fromArray_setMatrixWorldNeedsUpdate]];var YT=new Float32Array(1);var Wf=new ce,xo=class{constructor(t,e,i=0,r=1/0){this.ray=new Hn(t,e),this.near=i,this.far=r,this.camera=null,this.layers=new vr,this.params={Mesh:{},Line:{threshold:1},LOD:{},Points:{threshold:1},Sprite:{}}}set(t,e){this.ray.set(t,e)}setFromCamera(t,e){e.isPerspectiveCamera?(this.ray.origin.setFromMatrixPosition(e.matrixWorld),this.ray.direction.set(t.x,t.y,.5).unproject(e).sub(this.ray.origin).normalize(),this.camera=e):e.isOrthographicCamera?(this.ray.origin.set(t.x,t.y,e.projectionMatrix.elements[14]).unproject(e),this.ray.direction.set(0,0,-1).transformDirection(e.matrixWorld),this.camera=e):Kt("Raycaster: Unsupported camera type: "+e.type)}setFromXRController(t){return Wf.identity().extractRotation(t.matrixWorld),this.ray.origin.setFromMatrixPosition(t.matrixWorld),this.ray.direction.set(0,0,-1).applyMatrix4(Wf),this}intersectObject(t,e=!0,i=[]){return Wh(t,this,i,e),i.sort(Xf),i}intersectObjects(t,e=!0,i=[]){for(let r=0,o=t.length;r<o;r++)Wh(t[r],this,i,e);return i.sort(Xf),i}};function Xf(n,t){return n.distance-t.distance}function Wh(n,t,e,i){let r=!0;if(n.layers.test(t.layers)&&n.raycast(t,e)===!1&&(r=!1),r===!0&&i===!0){let o=n.children;for(let l=0,c=o.length;l<c;l++)Wh(o[l],t,e,!0)}}var hs=class{constructor(t=1,e=0,i=0){this.radius=t,this.phi=e,this.theta=i}set(t,e,i){return this.radius=t,this.phi=e,this.theta=i,this}copy(t){return this.radius=t.radius,this.phi=t.phi,this.theta=t.theta,this}makeSafe(){return this.phi=le(this.phi,1e-6,Math.PI-1e-6),this}setFromVector3(t){return this.setFromCartesianCoords(t.x,t.y,t.z)}setFromCartesianCoords(t,e,i){return this.radius=Math.sqrt(t*t+e*e+i*i),this.radius===0?(this.theta=0,this.phi=0):(this.theta=Math.atan2(t,i),this.phi=Math.acos(le(e/this.radius,-1,1))),this}clone(){return new this.constructor().copy(this)}};var Xh=class{static{this.prototype.isMatrix2=!0}constructor(t,e,i,r){this.elements=[1,0,0,1],t!==void 0&&this.set(t,e,i,r)}identity(){return this.set(1,0,0,1),this}fromArray(t,e=0){for(let i=0;i<4;i++)this.elements[i]=t[i+e];return this}set(t,e,i,r){let o=this.elements;return o[0]=t,o[2]=e,o[1]=i,o[3]=r,this}};var Mo=class extends br{constructor(t,e=16776960){let i=new Uint16Array([0,1,1,2,2,3,3,0,4,5,5,6,6,7,7,4,0,4,1,5,2,6,3,7]),r=[1,1,1,-1,1,1,-1,-1,1,1,-1,1,1,1,-1,-1,1,-1,-1,-1,-1,1,-1,-1],o=new He;o.setIndex(new ii(i,1)),o.setAttribute("position",new ni(r,3)),super(o,new Gn({color:e,toneMapped:!1})),this.box=t,this.type="Box3Helper",this.geometry.computeBoundingSphere()}updateMatrixWorld(t){let e=this.box;e.isEmpty()||(e.getCenter(this.position),e.getSize(this.scale),this.scale.multiplyScalar(.5),super.updateMatrixWorld(t))}dispose(){super.dispose(),this.geometry.dispose(),this.material.dispose()}};var bo=class extends un{constructor(t,e=null){super(),this.object=t,this.domElement=e,this.enabled=!0,this.state=-1,this.keys={},this.mouseButtons={LEFT:null,MIDDLE:null,RIGHT:null},this.touches={ONE:null,TWO:null}}connect(t){this.domElement!==null&&this.disconnect(),this.domElement=t}disconnect(){}dispose(){}update(){}};function Tu(n,t,e,i){let r=mv(i);switch(e){case uu:return n*t;case To:return n*t/r.components*r.byteLength;case yl:return n*t/r.components*r.byteLength;case ps:return n*t*2/r.components*r.byteLength;case xl:return n*t*2/r.components*r.byteLength;case du:return n*t*3/r.components*r.byteLength;case pn:return n*t*4/r.components*r.byteLength;case Ml:return n*t*4/r.components*r.byteLength;case Ao:case Po:return Math.floor((n+3)/4)*Math.floor((t+3)/4)*8;case Co:case Ro:return Math.floor((n+3)/4)*Math.floor((t+3)/4)*16;case Sl:case El:return Math.max(n,16)*Math.max(t,8)/4;case bl:case wl:return Math.max(n,8)*Math.max(t,8)/2;case Tl:case Al:case Cl:case Rl:return Math.floor((n+3)/4)*Math.floor((t+3)/4)*8;case Pl:case Lo:case Ll:return Math.floor((n+3)/4)*Math.floor((t+3)/4)*16;case Il:return Math.floor((n+3)/4)*Math.floor((t+3)/4)*16;case Dl:return Math.floor((n+4)/5)*Math.floor((t+3)/4)*16;case Nl:return Math.floor((n+4)/5)*Math.floor((t+4)/5)*16;case Ol:return Math.floor((n+5)/6)*Math.floor((t+4)/5)*16;case Ul:return Math.floor((n+5)/6)*Math.floor((t+5)/6)*16;case Fl:return Math.floor((n+7)/8)*Math.floor((t+4)/5)*16;case Bl:return Math.floor((n+7)/8)*Math.floor((t+5)/6)*16;case zl:return Math.floor((n+7)/8)*Math.floor((t+7)/8)*16;case kl:return Math.floor((n+9)/10)*Math.floor((t+4)/5)*16;case Hl:return Math.floor((n+9)/10)*Math.floor((t+5)/6)*16;case Vl:return Math.floor((n+9)/10)*Math.floor((t+7)/8)*16;case Gl:return Math.floor((n+9)/10)*Math.floor((t+9)/10)*16;case Wl:return Math.floor((n+11)/12)*Math.floor((t+9)/10)*16;case Xl:return Math.floor((n+11)/12)*Math.floor((t+11)/12)*16;case Zl:case ql:case Yl:return Math.ceil(n/4)*Math.ceil(t/4)*16;case $l:case jl:return Math.ceil(n/4)*Math.ceil(t/4)*8;case Io:case Kl:return Math.ceil(n/4)*Math.ceil(t/4)*16}throw new Error(`Unable to determine texture byte length for ${e} format.`)}function mv(n){switch(n){case Hi:case au:return{byteLength:1,components:1};case Rr:case lu:case Gi:return{byteLength:2,components:1};case _l:case vl:return{byteLength:2,components:4};case Vi:case gl:case fn:return{byteLength:4,components:1};case cu:case hu:return{byteLength:4,components:3}}throw new Error(`THREE.TextureUtils: Unknown texture type ${n}.`)}typeof __THREE_DEVTOOLS__<"u"&&__THREE_DEVTOOLS__.dispatchEvent(new CustomEvent("register",{detail:{revision:"187"}}));typeof window<"u"&&(window.__THREE__?Zt("WARNING: Multiple instances of Three.js being imported."):window.__THREE__="187");function tm(){let n=null,t=!1,e=null,i=null;function r(o,l){i=n.requestAnimationFrame(r),e(o,l)}return{start:function(){t!==!0&&e!==null&&n!==null&&(i=n.requestAnimationFrame(r),t=!0)},stop:function(){n!==null&&n.cancelAnimationFrame(i),t=!1},setAnimationLoop:function(o){e=o},setContext:function(o){n=o}}}function _v(n){let t=new WeakMap;function e(c,u){let d=c.array,p=c.usage,m=d.byteLength,g=n.createBuffer();n.bindBuffer(u,g),n.bufferData(u,d,p),c.onUploadCallback();let _;if(d instanceof Float32Array)_=n.FLOAT;else if(typeof Float16Array<"u"&&d instanceof Float16Array)_=n.HALF_FLOAT;else if(d instanceof Uint16Array)c.isFloat16BufferAttribute?_=n.HALF_FLOAT:_=n.UNSIGNED_SHORT;else if(d instanceof Int16Array)_=n.SHORT;else if(d instanceof Uint32Array)_=n.UNSIGNED_INT;else if(d instanceof Int32Array)_=n.INT;else if(d instanceof Int8Array)_=n.BYTE;else if(d instanceof Uint8Array)_=n.UNSIGNED_BYTE;else if(d instanceof Uint8ClampedArray)_=n.UNSIGNED_BYTE;else throw new Error("THREE.WebGLAttributes: Unsupported buffer data format: "+d);return{buffer:g,type:_,bytesPerElement:d.BYTES_PER_ELEMENT,version:c.version,size:m}}function i(c,u,d){let p=u.array,m=u.updateRanges;if(n.bindBuffer(d,c),m.length===0)n.bufferSubData(d,0,p);else{m.sort((_,M)=>_.start-M.start);let g=0;for(let _=1;_<m.length;_++){let M=m[g],T=m[_];T.start<=M.start+M.count+1?M.count=Math.max(M.count,T.start+T.count-M.start):(++g,m[g]=T)}m.length=g+1;for(let _=0,M=m.length;_<M;_++){let T=m[_];n.bufferSubData(d,T.start*p.BYTES_PER_ELEMENT,p,T.start,T.count)}u.clearUpdateRanges()}u.onUploadCallback()}function r(c){return c.isInterleavedBufferAttribute&&(c=c.data),t.get(c)}function o(c){c.isInterleavedBufferAttribute&&(c=c.data);let u=t.get(c);u&&(n.deleteBuffer(u.buffer),t.delete(c))}function l(c,u){if(c.isInterleavedBufferAttribute&&(c=c.data),c.isGLBufferAttribute){let p=t.get(c);(!p||p.version<c.version)&&t.set(c,{buffer:c.buffer,type:c.type,bytesPerElement:c.elementSize,version:c.version});return}let d=t.get(c);if(d===void 0)t.set(c,e(c,u));else if(d.version<c.version){if(d.size!==c.array.byteLength)throw new Error("THREE.WebGLAttributes: The size of the buffer attribute's array buffer does not match the original size. Resizing buffer attributes is not supported.");i(d.buffer,c,u),d.version=c.version}}return{get:r,remove:o,update:l}}var vv=`#ifdef USE_ALPHAHASH
	if ( diffuseColor.a < getAlphaHashThreshold( vPosition ) ) discard;
#endif`,yv=`#ifdef USE_ALPHAHASH
	const float ALPHA_HASH_SCALE = 0.05;
	float hash2D( vec2 value ) {
		return fract( 1.0e4 * sin( 17.0 * value.x + 0.1 * value.y ) * ( 0.1 + abs( sin( 13.0 * value.y + value.x ) ) ) );
	}
	float hash3D( vec3 value ) {
		return hash2D( vec2( hash2D( value.xy ), value.z ) );
	}
	float getAlphaHashThreshold( vec3 position ) {
		float maxDeriv = max(
			length( dFdx( position.xyz ) ),
			length( dFdy( position.xyz ) )
		);
		float pixScale = 1.0 / ( ALPHA_HASH_SCALE * maxDeriv );
		vec2 pixScales = vec2(
			exp2( floor( log2( pixScale ) ) ),
			exp2( ceil( log2( pixScale ) ) )
		);
		vec2 alpha = vec2(
			hash3D( floor( pixScales.x * position.xyz ) ),
			hash3D( floor( pixScales.y * position.xyz ) )
		);
		float lerpFactor = fract( log2( pixScale ) );
		float x = ( 1.0 - lerpFactor ) * alpha.x + lerpFactor * alpha.y;
		float a = min( lerpFactor, 1.0 - lerpFactor );
		vec3 cases = vec3(
			x * x / ( 2.0 * a * ( 1.0 - a ) ),
			( x - 0.5 * a ) / ( 1.0 - a ),
			1.0 - ( ( 1.0 - x ) * ( 1.0 - x ) / ( 2.0 * a * ( 1.0 - a ) ) )
		);
		float threshold = ( x < ( 1.0 - a ) )
			? ( ( x < a ) ? cases.x : cases.y )
			: cases.z;
		return clamp( threshold , 1.0e-6, 1.0 );
	}
#endif`,xv=`#ifdef USE_ALPHAMAP
	diffuseColor.a *= texture2D( alphaMap, vAlphaMapUv ).g;
#endif`,Mv=`#ifdef USE_ALPHAMAP
	uniform sampler2D alphaMap;
#endif`,bv=`#ifdef USE_ALPHATEST
	#ifdef ALPHA_TO_COVERAGE
	diffuseColor.a = smoothstep( alphaTest, alphaTest + fwidth( diffuseColor.a ), diffuseColor.a );
	if ( diffuseColor.a == 0.0 ) discard;
	#else
	if ( diffuseColor.a < alphaTest ) discard;
	#endif
#endif`,Sv=`#ifdef USE_ALPHATEST
	uniform float alphaTest;
#endif`,wv=`#ifdef USE_AOMAP
	float ambientOcclusion = ( texture2D( aoMap, vAoMapUv ).r - 1.0 ) * aoMapIntensity + 1.0;
	reflectedLight.indirectDiffuse *= ambientOcclusion;
	#if defined( USE_CLEARCOAT ) 
		clearcoatSpecularIndirect *= ambientOcclusion;
	#endif
	#if defined( USE_SHEEN ) 
		sheenSpecularIndirect *= ambientOcclusion;
	#endif
	#if defined( USE_ENVMAP ) && defined( STANDARD )
		float dotNV = saturate( dot( geometryNormal, geometryViewDir ) );
		reflectedLight.indirectSpecular *= computeSpecularOcclusion( dotNV, ambientOcclusion, material.roughness );
	#endif
#endif`,Ev=`#ifdef USE_AOMAP
	uniform sampler2D aoMap;
	uniform float aoMapIntensity;
#endif`,Tv=`#ifdef USE_BATCHING
	#if ! defined( GL_ANGLE_multi_draw )
	#define gl_DrawID _gl_DrawID
	uniform int _gl_DrawID;
	#endif
	uniform highp sampler2D batchingTexture;
	uniform highp usampler2D batchingIdTexture;
	mat4 getBatchingMatrix( const in float i ) {
		int size = textureSize( batchingTexture, 0 ).x;
		int j = int( i ) * 4;
		int x = j % size;
		int y = j / size;
		vec4 v1 = texelFetch( batchingTexture, ivec2( x, y ), 0 );
		vec4 v2 = texelFetch( batchingTexture, ivec2( x + 1, y ), 0 );
		vec4 v3 = texelFetch( batchingTexture, ivec2( x + 2, y ), 0 );
		vec4 v4 = texelFetch( batchingTexture, ivec2( x + 3, y ), 0 );
		return mat4( v1, v2, v3, v4 );
	}
	float getIndirectIndex( const in int i ) {
		int size = textureSize( batchingIdTexture, 0 ).x;
		int x = i % size;
		int y = i / size;
		return float( texelFetch( batchingIdTexture, ivec2( x, y ), 0 ).r );
	}
#endif
#ifdef USE_BATCHING_COLOR
	uniform sampler2D batchingColorTexture;
	vec4 getBatchingColor( const in float i ) {
		int size = textureSize( batchingColorTexture, 0 ).x;
		int j = int( i );
		int x = j % size;
		int y = j / size;
		return texelFetch( batchingColorTexture, ivec2( x, y ), 0 );
	}
#endif`,Av=`#ifdef USE_BATCHING
	mat4 batchingMatrix = getBatchingMatrix( getIndirectIndex( gl_DrawID ) );
#endif`,Pv=`vec3 transformed = vec3( position );
#ifdef USE_ALPHAHASH
	vPosition = vec3( position );
#endif`,Cv=`vec3 objectNormal = vec3( normal );
#ifdef USE_TANGENT
	vec3 objectTangent = vec3( tangent.xyz );
#endif`,Rv=`float G_BlinnPhong_Implicit( ) {
	return 0.25;
}
float D_BlinnPhong( const in float shininess, const in float dotNH ) {
	return RECIPROCAL_PI * ( shininess * 0.5 + 1.0 ) * pow( dotNH, shininess );
}
vec3 BRDF_BlinnPhong( const in vec3 lightDir, const in vec3 viewDir, const in vec3 normal, const in vec3 specularColor, const in float shininess ) {
	vec3 halfDir = normalize( lightDir + viewDir );
	float dotNH = saturate( dot( normal, halfDir ) );
	float dotVH = saturate( dot( viewDir, halfDir ) );
	vec3 F = F_Schlick( specularColor, 1.0, dotVH );
	float G = G_BlinnPhong_Implicit( );
	float D = D_BlinnPhong( shininess, dotNH );
	return F * ( G * D );
} // validated`,Lv=`#ifdef USE_IRIDESCENCE
	const mat3 XYZ_TO_REC709 = mat3(
		 3.2404542, -0.9692660,  0.0556434,
		-1.5371385,  1.8760108, -0.2040259,
		-0.4985314,  0.0415560,  1.0572252
	);
	vec3 Fresnel0ToIor( vec3 fresnel0 ) {
		vec3 sqrtF0 = sqrt( fresnel0 );
		return ( vec3( 1.0 ) + sqrtF0 ) / ( vec3( 1.0 ) - sqrtF0 );
	}
	vec3 IorToFresnel0( vec3 transmittedIor, float incidentIor ) {
		return pow2( ( transmittedIor - vec3( incidentIor ) ) / ( transmittedIor + vec3( incidentIor ) ) );
	}
	float IorToFresnel0( float transmittedIor, float incidentIor ) {
		return pow2( ( transmittedIor - incidentIor ) / ( transmittedIor + incidentIor ));
	}
	vec3 evalSensitivity( float OPD, vec3 shift ) {
		float phase = 2.0 * PI * OPD * 1.0e-9;
		vec3 val = vec3( 5.4856e-13, 4.4201e-13, 5.2481e-13 );
		vec3 pos = vec3( 1.6810e+06, 1.7953e+06, 2.2084e+06 );
		vec3 var = vec3( 4.3278e+09, 9.3046e+09, 6.6121e+09 );
		vec3 xyz = val * sqrt( 2.0 * PI * var ) * cos( pos * phase + shift ) * exp( - pow2( phase ) * var );
		xyz.x += 9.7470e-14 * sqrt( 2.0 * PI * 4.5282e+09 ) * cos( 2.2399e+06 * phase + shift[ 0 ] ) * exp( - 4.5282e+09 * pow2( phase ) );
		xyz /= 1.0685e-7;
		vec3 rgb = XYZ_TO_REC709 * xyz;
		return rgb;
	}
	vec3 evalIridescence( float outsideIOR, float eta2, float cosTheta1, float thinFilmThickness, vec3 baseF0 ) {
		vec3 I;
		float iridescenceIOR = mix( outsideIOR, eta2, smoothstep( 0.0, 0.03, thinFilmThickness ) );
		float sinTheta2Sq = pow2( outsideIOR / iridescenceIOR ) * ( 1.0 - pow2( cosTheta1 ) );
		float cosTheta2Sq = 1.0 - sinTheta2Sq;
		if ( cosTheta2Sq < 0.0 ) {
			return vec3( 1.0 );
		}
		float cosTheta2 = sqrt( cosTheta2Sq );
		float R0 = IorToFresnel0( iridescenceIOR, outsideIOR );
		float R12 = F_Schlick( R0, 1.0, cosTheta1 );
		float T121 = 1.0 - R12;
		float phi12 = 0.0;
		if ( iridescenceIOR < outsideIOR ) phi12 = PI;
		float phi21 = PI - phi12;
		vec3 baseIOR = Fresnel0ToIor( clamp( baseF0, 0.0, 0.9999 ) );		vec3 R1 = IorToFresnel0( baseIOR, iridescenceIOR );
		vec3 R23 = F_Schlick( R1, 1.0, cosTheta2 );
		vec3 phi23 = vec3( 0.0 );
		if ( baseIOR[ 0 ] < iridescenceIOR ) phi23[ 0 ] = PI;
		if ( baseIOR[ 1 ] < iridescenceIOR ) phi23[ 1 ] = PI;
		if ( baseIOR[ 2 ] < iridescenceIOR ) phi23[ 2 ] = PI;
		float OPD = 2.0 * iridescenceIOR * thinFilmThickness * cosTheta2;
		vec3 phi = vec3( phi21 ) + phi23;
		vec3 R123 = clamp( R12 * R23, 1e-5, 0.9999 );
		vec3 r123 = sqrt( R123 );
		vec3 Rs = pow2( T121 ) * R23 / ( vec3( 1.0 ) - R123 );
		vec3 C0 = R12 + Rs;
		I = C0;
		vec3 Cm = Rs - T121;
		for ( int m = 1; m <= 2; ++ m ) {
			Cm *= r123;
			vec3 Sm = 2.0 * evalSensitivity( float( m ) * OPD, float( m ) * phi );
			I += Cm * Sm;
		}
		return max( I, vec3( 0.0 ) );
	}
#endif`,Iv=`#ifdef USE_BUMPMAP
	uniform sampler2D bumpMap;
	uniform float bumpScale;
	vec2 dHdxy_fwd() {
		vec2 dSTdx = dFdx( vBumpMapUv );
		vec2 dSTdy = dFdy( vBumpMapUv );
		float Hll = bumpScale * texture2D( bumpMap, vBumpMapUv ).x;
		float dBx = bumpScale * texture2D( bumpMap, vBumpMapUv + dSTdx ).x - Hll;
		float dBy = bumpScale * texture2D( bumpMap, vBumpMapUv + dSTdy ).x - Hll;
		return vec2( dBx, dBy );
	}
	vec3 perturbNormalArb( vec3 surf_pos, vec3 surf_norm, vec2 dHdxy, float faceDirection ) {
		vec3 vSigmaX = normalize( dFdx( surf_pos.xyz ) );
		vec3 vSigmaY = normalize( dFdy( surf_pos.xyz ) );
		vec3 vN = surf_norm;
		vec3 R1 = cross( vSigmaY, vN );
		vec3 R2 = cross( vN, vSigmaX );
		float fDet = dot( vSigmaX, R1 ) * faceDirection;
		vec3 vGrad = sign( fDet ) * ( dHdxy.x * R1 + dHdxy.y * R2 );
		return normalize( abs( fDet ) * surf_norm - vGrad );
	}
#endif`,Dv=`#if NUM_CLIPPING_PLANES > 0
	vec4 plane;
	#ifdef ALPHA_TO_COVERAGE
		float distanceToPlane, distanceGradient;
		float clipOpacity = 1.0;
		#pragma unroll_loop_start
		for ( int i = 0; i < UNION_CLIPPING_PLANES; i ++ ) {
			plane = clippingPlanes[ i ];
			distanceToPlane = - dot( vClipPosition, plane.xyz ) + plane.w;
			distanceGradient = fwidth( distanceToPlane ) / 2.0;
			clipOpacity *= smoothstep( - distanceGradient, distanceGradient, distanceToPlane );
			if ( clipOpacity == 0.0 ) discard;
		}
		#pragma unroll_loop_end
		#if UNION_CLIPPING_PLANES < NUM_CLIPPING_PLANES
			float unionClipOpacity = 1.0;
			#pragma unroll_loop_start
			for ( int i = UNION_CLIPPING_PLANES; i < NUM_CLIPPING_PLANES; i ++ ) {
				plane = clippingPlanes[ i ];
				distanceToPlane = - dot( vClipPosition, plane.xyz ) + plane.w;
				distanceGradient = fwidth( distanceToPlane ) / 2.0;
				unionClipOpacity *= 1.0 - smoothstep( - distanceGradient, distanceGradient, distanceToPlane );
			}
			#pragma unroll_loop_end
			clipOpacity *= 1.0 - unionClipOpacity;
		#endif
		diffuseColor.a *= clipOpacity;
		if ( diffuseColor.a == 0.0 ) discard;
	#else
		#pragma unroll_loop_start
		for ( int i = 0; i < UNION_CLIPPING_PLANES; i ++ ) {
			plane = clippingPlanes[ i ];
			if ( dot( vClipPosition, plane.xyz ) > plane.w ) discard;
		}
		#pragma unroll_loop_end
		#if UNION_CLIPPING_PLANES < NUM_CLIPPING_PLANES
			bool clipped = true;
			#pragma unroll_loop_start
			for ( int i = UNION_CLIPPING_PLANES; i < NUM_CLIPPING_PLANES; i ++ ) {
				plane = clippingPlanes[ i ];
				clipped = ( dot( vClipPosition, plane.xyz ) > plane.w ) && clipped;
			}
			#pragma unroll_loop_end
			if ( clipped ) discard;
		#endif
	#endif
#endif`,Nv=`#if NUM_CLIPPING_PLANES > 0
	varying vec3 vClipPosition;
	uniform vec4 clippingPlanes[ NUM_CLIPPING_PLANES ];
#endif`,Ov=`#if NUM_CLIPPING_PLANES > 0
	varying vec3 vClipPosition;
#endif`,Uv=`#if NUM_CLIPPING_PLANES > 0
	vClipPosition = - mvPosition.xyz;
#endif`,Fv=`#if defined( USE_COLOR ) || defined( USE_COLOR_ALPHA )
	diffuseColor *= vColor;
#endif`,Bv=`#if defined( USE_COLOR ) || defined( USE_COLOR_ALPHA )
	varying vec4 vColor;
#endif`,zv=`#if defined( USE_COLOR ) || defined( USE_COLOR_ALPHA ) || defined( USE_INSTANCING_COLOR ) || defined( USE_BATCHING_COLOR )
	varying vec4 vColor;
#endif`,kv=`#if defined( USE_COLOR ) || defined( USE_COLOR_ALPHA ) || defined( USE_INSTANCING_COLOR ) || defined( USE_BATCHING_COLOR )
	vColor = vec4( 1.0 );
#endif
#ifdef USE_COLOR_ALPHA
	vColor *= color;
#elif defined( USE_COLOR )
	vColor.rgb *= color;
#endif
#ifdef USE_INSTANCING_COLOR
	vColor.rgb *= instanceColor.rgb;
#endif
#ifdef USE_BATCHING_COLOR
	vColor *= getBatchingColor( getIndirectIndex( gl_DrawID ) );
#endif`,Hv=`#define PI 3.141592653589793
#define PI2 6.283185307179586
#define PI_HALF 1.5707963267948966
#define RECIPROCAL_PI 0.3183098861837907
#define RECIPROCAL_PI2 0.15915494309189535
#define EPSILON 1e-6
#ifndef saturate
#define saturate( a ) clamp( a, 0.0, 1.0 )
#endif
#define whiteComplement( a ) ( 1.0 - saturate( a ) )
float pow2( const in float x ) { return x*x; }
vec3 pow2( const in vec3 x ) { return x*x; }
float pow3( const in float x ) { return x*x*x; }
float pow4( const in float x ) { float x2 = x*x; return x2*x2; }
float max3( const in vec3 v ) { return max( max( v.x, v.y ), v.z ); }
float average( const in vec3 v ) { return dot( v, vec3( 0.3333333 ) ); }
highp float rand( const in vec2 uv ) {
	const highp float a = 12.9898, b = 78.233, c = 43758.5453;
	highp float dt = dot( uv.xy, vec2( a,b ) ), sn = mod( dt, PI );
	return fract( sin( sn ) * c );
}
#ifdef HIGH_PRECISION
	float precisionSafeLength( vec3 v ) { return length( v ); }
#else
	float precisionSafeLength( vec3 v ) {
		float maxComponent = max3( abs( v ) );
		return length( v / maxComponent ) * maxComponent;
	}
#endif
struct IncidentLight {
	vec3 color;
	vec3 direction;
	bool visible;
};
struct ReflectedLight {
	vec3 directDiffuse;
	vec3 directSpecular;
	vec3 indirectDiffuse;
	vec3 indirectSpecular;
};
#ifdef USE_ALPHAHASH
	varying vec3 vPosition;
#endif
vec3 transformDirection( in vec3 dir, in mat4 matrix ) {
	return normalize( ( matrix * vec4( dir, 0.0 ) ).xyz );
}
#define inverseTransformDirection transformDirectionByInverseViewMatrix
vec3 transformNormalByInverseViewMatrix( in vec3 normal, in mat4 viewMatrix ) {
	return normalize( ( vec4( normal, 0.0 ) * viewMatrix ).xyz );
}
vec3 transformDirectionByInverseViewMatrix( in vec3 dir, in mat4 viewMatrix ) {
	return normalize( ( vec4( dir, 0.0 ) * viewMatrix ).xyz );
}
bool isPerspectiveMatrix( mat4 m ) {
	return m[ 2 ][ 3 ] == - 1.0;
}
vec2 equirectUv( in vec3 dir ) {
	float u = atan( dir.z, dir.x ) * RECIPROCAL_PI2 + 0.5;
	float v = asin( clamp( dir.y, - 1.0, 1.0 ) ) * RECIPROCAL_PI + 0.5;
	return vec2( u, v );
}
vec3 BRDF_Lambert( const in vec3 diffuseColor ) {
	return RECIPROCAL_PI * diffuseColor;
}
vec3 F_Schlick( const in vec3 f0, const in float f90, const in float dotVH ) {
	float fresnel = exp2( ( - 5.55473 * dotVH - 6.98316 ) * dotVH );
	return f0 * ( 1.0 - fresnel ) + ( f90 * fresnel );
}
float F_Schlick( const in float f0, const in float f90, const in float dotVH ) {
	float fresnel = exp2( ( - 5.55473 * dotVH - 6.98316 ) * dotVH );
	return f0 * ( 1.0 - fresnel ) + ( f90 * fresnel );
} // validated`,Vv=`vec3 transformedNormal = objectNormal;
#ifdef USE_TANGENT
	vec3 transformedTangent = objectTangent;
#endif
#ifdef USE_BATCHING
	mat3 bm = mat3( batchingMatrix );
	transformedNormal /= vec3( dot( bm[ 0 ], bm[ 0 ] ), dot( bm[ 1 ], bm[ 1 ] ), dot( bm[ 2 ], bm[ 2 ] ) );
	transformedNormal = bm * transformedNormal;
	#ifdef USE_TANGENT
		transformedTangent = bm * transformedTangent;
	#endif
#endif
#ifdef USE_INSTANCING
	mat3 im = mat3( instanceMatrix );
	transformedNormal /= vec3( dot( im[ 0 ], im[ 0 ] ), dot( im[ 1 ], im[ 1 ] ), dot( im[ 2 ], im[ 2 ] ) );
	transformedNormal = im * transformedNormal;
	#ifdef USE_TANGENT
		transformedTangent = im * transformedTangent;
	#endif
#endif
transformedNormal = normalMatrix * transformedNormal;
#ifdef FLIP_SIDED
	transformedNormal = - transformedNormal;
#endif
#ifdef USE_TANGENT
	transformedTangent = ( modelViewMatrix * vec4( transformedTangent, 0.0 ) ).xyz;
#endif`,Gv=`#ifdef USE_DISPLACEMENTMAP
	uniform sampler2D displacementMap;
	uniform float displacementScale;
	uniform float displacementBias;
#endif`,Wv=`#ifdef USE_DISPLACEMENTMAP
	transformed += normalize( objectNormal ) * ( texture2D( displacementMap, vDisplacementMapUv ).x * displacementScale + displacementBias );
#endif`,Xv=`#ifdef USE_EMISSIVEMAP
	vec4 emissiveColor = texture2D( emissiveMap, vEmissiveMapUv );
	#ifdef DECODE_VIDEO_TEXTURE_EMISSIVE
		emissiveColor = sRGBTransferEOTF( emissiveColor );
	#endif
	totalEmissiveRadiance *= emissiveColor.rgb;
#endif`,Zv=`#ifdef USE_EMISSIVEMAP
	uniform sampler2D emissiveMap;
#endif`,qv="gl_FragColor = linearToOutputTexel( gl_FragColor );",Yv=`vec4 LinearTransferOETF( in vec4 value ) {
	return value;
}
vec4 sRGBTransferEOTF( in vec4 value ) {
	return vec4( mix( pow( value.rgb * 0.9478672986 + vec3( 0.0521327014 ), vec3( 2.4 ) ), value.rgb * 0.0773993808, vec3( lessThanEqual( value.rgb, vec3( 0.04045 ) ) ) ), value.a );
}
vec4 sRGBTransferOETF( in vec4 value ) {
	return vec4( mix( pow( value.rgb, vec3( 0.41666 ) ) * 1.055 - vec3( 0.055 ), value.rgb * 12.92, vec3( lessThanEqual( value.rgb, vec3( 0.0031308 ) ) ) ), value.a );
}`,$v=`#ifdef USE_ENVMAP
	#ifdef ENV_WORLDPOS
		vec3 cameraToFrag;
		if ( isOrthographic ) {
			cameraToFrag = normalize( vec3( - viewMatrix[ 0 ][ 2 ], - viewMatrix[ 1 ][ 2 ], - viewMatrix[ 2 ][ 2 ] ) );
		} else {
			cameraToFrag = normalize( vWorldPosition - cameraPosition );
		}
		vec3 worldNormal = transformNormalByInverseViewMatrix( normal, viewMatrix );
		#ifdef ENVMAP_MODE_REFLECTION
			vec3 reflectVec = reflect( cameraToFrag, worldNormal );
		#else
			vec3 reflectVec = refract( cameraToFrag, worldNormal, refractionRatio );
		#endif
	#else
		vec3 reflectVec = vReflect;
	#endif
	#ifdef ENVMAP_TYPE_CUBE
		vec4 envColor = textureCube( envMap, envMapRotation * reflectVec );
		#ifdef ENVMAP_BLENDING_MULTIPLY
			outgoingLight = mix( outgoingLight, outgoingLight * envColor.xyz, specularStrength * reflectivity );
		#elif defined( ENVMAP_BLENDING_MIX )
			outgoingLight = mix( outgoingLight, envColor.xyz, specularStrength * reflectivity );
		#elif defined( ENVMAP_BLENDING_ADD )
			outgoingLight += envColor.xyz * specularStrength * reflectivity;
		#endif
	#endif
#endif`,jv=`#ifdef USE_ENVMAP
	uniform float envMapIntensity;
	uniform mat3 envMapRotation;
	uniform samplerCube envMap;
	#ifdef ENVMAP_TYPE_PMREM
		float roughnessToMip( const in float roughness ) {
			float r = clamp( roughness, 0.0, 1.0 );
			return ENVMAP_MAX_LOD * r * ( 2.0 - r );
		}
	#endif
#endif`,Kv=`#ifdef USE_ENVMAP
	uniform float reflectivity;
	#if defined( USE_BUMPMAP ) || defined( USE_NORMALMAP ) || defined( PHONG ) || defined( LAMBERT )
		#define ENV_WORLDPOS
	#endif
	#ifdef ENV_WORLDPOS
		varying vec3 vWorldPosition;
		uniform float refractionRatio;
	#else
		varying vec3 vReflect;
	#endif
#endif`,Jv=`#ifdef USE_ENVMAP
	#if defined( USE_BUMPMAP ) || defined( USE_NORMALMAP ) || defined( PHONG ) || defined( LAMBERT )
		#define ENV_WORLDPOS
	#endif
	#ifdef ENV_WORLDPOS
		
		varying vec3 vWorldPosition;
	#else
		varying vec3 vReflect;
		uniform float refractionRatio;
	#endif
#endif`,Qv=`#ifdef USE_ENVMAP
	#ifdef ENV_WORLDPOS
		vWorldPosition = worldPosition.xyz;
	#else
		vec3 cameraToVertex;
		if ( isOrthographic ) {
			cameraToVertex = normalize( vec3( - viewMatrix[ 0 ][ 2 ], - viewMatrix[ 1 ][ 2 ], - viewMatrix[ 2 ][ 2 ] ) );
		} else {
			cameraToVertex = normalize( worldPosition.xyz - cameraPosition );
		}
		vec3 worldNormal = transformNormalByInverseViewMatrix( transformedNormal, viewMatrix );
		#ifdef ENVMAP_MODE_REFLECTION
			vReflect = reflect( cameraToVertex, worldNormal );
		#else
			vReflect = refract( cameraToVertex, worldNormal, refractionRatio );
		#endif
	#endif
#endif`,ty=`#ifdef USE_FOG
	vFogDepth = - mvPosition.z;
#endif`,ey=`#ifdef USE_FOG
	varying float vFogDepth;
#endif`,iy=`#ifdef USE_FOG
	#ifdef FOG_EXP2
		float fogFactor = 1.0 - exp( - fogDensity * fogDensity * vFogDepth * vFogDepth );
	#else
		float fogFactor = smoothstep( fogNear, fogFar, vFogDepth );
	#endif
	gl_FragColor.rgb = mix( gl_FragColor.rgb, fogColor, fogFactor );
#endif`,ny=`#ifdef USE_FOG
	uniform vec3 fogColor;
	varying float vFogDepth;
	#ifdef FOG_EXP2
		uniform float fogDensity;
	#else
		uniform float fogNear;
		uniform float fogFar;
	#endif
#endif`,sy=`#ifdef USE_GRADIENTMAP
	uniform sampler2D gradientMap;
#endif
vec3 getGradientIrradiance( vec3 normal, vec3 lightDirection ) {
	float dotNL = dot( normal, lightDirection );
	vec2 coord = vec2( dotNL * 0.5 + 0.5, 0.0 );
	#ifdef USE_GRADIENTMAP
		return vec3( texture2D( gradientMap, coord ).r );
	#else
		vec2 fw = fwidth( coord ) * 0.5;
		return mix( vec3( 0.7 ), vec3( 1.0 ), smoothstep( 0.7 - fw.x, 0.7 + fw.x, coord.x ) );
	#endif
}`,ry=`#ifdef USE_LIGHTMAP
	uniform sampler2D lightMap;
	uniform float lightMapIntensity;
#endif`,oy=`LambertMaterial material;
material.diffuseColor = diffuseColor.rgb;
material.specularStrength = specularStrength;`,ay=`varying vec3 vViewPosition;
struct LambertMaterial {
	vec3 diffuseColor;
	float specularStrength;
};
void RE_Direct_Lambert( const in IncidentLight directLight, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in LambertMaterial material, inout ReflectedLight reflectedLight ) {
	float dotNL = saturate( dot( geometryNormal, directLight.direction ) );
	vec3 irradiance = dotNL * directLight.color;
	reflectedLight.directDiffuse += irradiance * BRDF_Lambert( material.diffuseColor );
}
void RE_IndirectDiffuse_Lambert( const in vec3 irradiance, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in LambertMaterial material, inout ReflectedLight reflectedLight ) {
	reflectedLight.indirectDiffuse += irradiance * BRDF_Lambert( material.diffuseColor );
}
#define RE_Direct				RE_Direct_Lambert
#define RE_IndirectDiffuse		RE_IndirectDiffuse_Lambert`,ly=`uniform bool receiveShadow;
uniform vec3 ambientLightColor;
#if defined( USE_LIGHT_PROBES )
	uniform vec3 lightProbe[ 9 ];
#endif
vec3 shGetIrradianceAt( in vec3 normal, in vec3 shCoefficients[ 9 ] ) {
	float x = normal.x, y = normal.y, z = normal.z;
	vec3 result = shCoefficients[ 0 ] * 0.886227;
	result += shCoefficients[ 1 ] * 2.0 * 0.511664 * y;
	result += shCoefficients[ 2 ] * 2.0 * 0.511664 * z;
	result += shCoefficients[ 3 ] * 2.0 * 0.511664 * x;
	result += shCoefficients[ 4 ] * 2.0 * 0.429043 * x * y;
	result += shCoefficients[ 5 ] * 2.0 * 0.429043 * y * z;
	result += shCoefficients[ 6 ] * ( 0.743125 * z * z - 0.247708 );
	result += shCoefficients[ 7 ] * 2.0 * 0.429043 * x * z;
	result += shCoefficients[ 8 ] * 0.429043 * ( x * x - y * y );
	return result;
}
vec3 getLightProbeIrradiance( const in vec3 lightProbe[ 9 ], const in vec3 normal ) {
	vec3 worldNormal = transformNormalByInverseViewMatrix( normal, viewMatrix );
	vec3 irradiance = shGetIrradianceAt( worldNormal, lightProbe );
	return irradiance;
}
vec3 getAmbientLightIrradiance( const in vec3 ambientLightColor ) {
	vec3 irradiance = ambientLightColor;
	return irradiance;
}
float getDistanceAttenuation( const in float lightDistance, const in float cutoffDistance, const in float decayExponent ) {
	float distanceFalloff = 1.0 / max( pow( lightDistance, decayExponent ), 0.01 );
	if ( cutoffDistance > 0.0 ) {
		distanceFalloff *= pow2( saturate( 1.0 - pow4( lightDistance / cutoffDistance ) ) );
	}
	return distanceFalloff;
}
float getSpotAttenuation( const in float coneCosine, const in float penumbraCosine, const in float angleCosine ) {
	return smoothstep( coneCosine, penumbraCosine, angleCosine );
}
#if NUM_SUN_LIGHTS > 0
	struct SunLight {
		vec3 direction;
		vec3 color;
	};
	uniform SunLight sunLights[ NUM_SUN_LIGHTS ];
	void getSunLightInfo( const in SunLight sunLight, out IncidentLight light ) {
		light.color = sunLight.color;
		light.direction = sunLight.direction;
		light.visible = true;
	}
#endif
#if NUM_DIR_LIGHTS > 0
	struct DirectionalLight {
		vec3 direction;
		vec3 color;
	};
	uniform DirectionalLight directionalLights[ NUM_DIR_LIGHTS ];
	void getDirectionalLightInfo( const in DirectionalLight directionalLight, out IncidentLight light ) {
		light.color = directionalLight.color;
		light.direction = directionalLight.direction;
		light.visible = true;
	}
#endif
#if NUM_POINT_LIGHTS > 0
	struct PointLight {
		vec3 position;
		vec3 color;
		float distance;
		float decay;
	};
	uniform PointLight pointLights[ NUM_POINT_LIGHTS ];
	void getPointLightInfo( const in PointLight pointLight, const in vec3 geometryPosition, out IncidentLight light ) {
		vec3 lVector = pointLight.position - geometryPosition;
		light.direction = normalize( lVector );
		float lightDistance = length( lVector );
		light.color = pointLight.color;
		light.color *= getDistanceAttenuation( lightDistance, pointLight.distance, pointLight.decay );
		light.visible = ( light.color != vec3( 0.0 ) );
	}
#endif
#if NUM_SPOT_LIGHTS > 0
	struct SpotLight {
		vec3 position;
		vec3 direction;
		vec3 color;
		float distance;
		float decay;
		float coneCos;
		float penumbraCos;
	};
	uniform SpotLight spotLights[ NUM_SPOT_LIGHTS ];
	void getSpotLightInfo( const in SpotLight spotLight, const in vec3 geometryPosition, out IncidentLight light ) {
		vec3 lVector = spotLight.position - geometryPosition;
		light.direction = normalize( lVector );
		float angleCos = dot( light.direction, spotLight.direction );
		float spotAttenuation = getSpotAttenuation( spotLight.coneCos, spotLight.penumbraCos, angleCos );
		if ( spotAttenuation > 0.0 ) {
			float lightDistance = length( lVector );
			light.color = spotLight.color * spotAttenuation;
			light.color *= getDistanceAttenuation( lightDistance, spotLight.distance, spotLight.decay );
			light.visible = ( light.color != vec3( 0.0 ) );
		} else {
			light.color = vec3( 0.0 );
			light.visible = false;
		}
	}
#endif
#if NUM_RECT_AREA_LIGHTS > 0
	struct RectAreaLight {
		vec3 color;
		vec3 position;
		vec3 halfWidth;
		vec3 halfHeight;
	};
	uniform sampler2D ltc_1;	uniform sampler2D ltc_2;
	uniform RectAreaLight rectAreaLights[ NUM_RECT_AREA_LIGHTS ];
#endif
#if NUM_HEMI_LIGHTS > 0
	struct HemisphereLight {
		vec3 direction;
		vec3 skyColor;
		vec3 groundColor;
	};
	uniform HemisphereLight hemisphereLights[ NUM_HEMI_LIGHTS ];
	vec3 getHemisphereLightIrradiance( const in HemisphereLight hemiLight, const in vec3 normal ) {
		float dotNL = dot( normal, hemiLight.direction );
		float hemiDiffuseWeight = 0.5 * dotNL + 0.5;
		vec3 irradiance = mix( hemiLight.groundColor, hemiLight.skyColor, hemiDiffuseWeight );
		return irradiance;
	}
#endif
#include <lightprobes_pars_fragment>`,cy=`#ifdef USE_ENVMAP
	vec3 getIBLIrradiance( const in vec3 normal ) {
		#ifdef ENVMAP_TYPE_PMREM
			vec3 worldNormal = transformNormalByInverseViewMatrix( normal, viewMatrix );
			vec4 envMapColor = textureLod( envMap, envMapRotation * worldNormal, ENVMAP_MAX_LOD );
			return PI * envMapColor.rgb * envMapIntensity;
		#else
			return vec3( 0.0 );
		#endif
	}
	vec3 getIBLRadiance( const in vec3 viewDir, const in vec3 normal, const in float roughness ) {
		#ifdef ENVMAP_TYPE_PMREM
			vec3 reflectVec = reflect( - viewDir, normal );
			reflectVec = normalize( mix( reflectVec, normal, pow4( roughness ) ) );
			reflectVec = transformDirectionByInverseViewMatrix( reflectVec, viewMatrix );
			vec4 envMapColor = textureLod( envMap, envMapRotation * reflectVec, roughnessToMip( roughness ) );
			return envMapColor.rgb * envMapIntensity;
		#else
			return vec3( 0.0 );
		#endif
	}
	#ifdef USE_RETROREFLECTION
		vec3 getIBLRetroRadiance( const in vec3 viewDir, const in vec3 normal, const in float roughness ) {
			#ifdef ENVMAP_TYPE_PMREM
				vec3 retroVec = normalize( mix( viewDir, normal, pow4( roughness ) ) );
				retroVec = transformDirectionByInverseViewMatrix( retroVec, viewMatrix );
				vec4 envMapColor = textureLod( envMap, envMapRotation * retroVec, roughnessToMip( roughness ) );
				return envMapColor.rgb * envMapIntensity;
			#else
				return vec3( 0.0 );
			#endif
		}
	#endif
	#ifdef USE_ANISOTROPY
		vec3 getIBLAnisotropyRadiance( const in vec3 viewDir, const in vec3 normal, const in float roughness, const in vec3 bitangent, const in float anisotropy ) {
			#ifdef ENVMAP_TYPE_PMREM
				vec3 bentNormal = cross( bitangent, viewDir );
				bentNormal = normalize( cross( bentNormal, bitangent ) );
				bentNormal = normalize( mix( bentNormal, normal, pow2( pow2( 1.0 - anisotropy * ( 1.0 - roughness ) ) ) ) );
				return getIBLRadiance( viewDir, bentNormal, roughness );
			#else
				return vec3( 0.0 );
			#endif
		}
		#ifdef USE_RETROREFLECTION
			vec3 getIBLAnisotropyRetroRadiance( const in vec3 viewDir, const in vec3 normal, const in float roughness, const in vec3 bitangent, const in float anisotropy ) {
				#ifdef ENVMAP_TYPE_PMREM
					vec3 bentNormal = cross( bitangent, viewDir );
					bentNormal = normalize( cross( bentNormal, bitangent ) );
					bentNormal = normalize( mix( bentNormal, normal, pow2( pow2( 1.0 - anisotropy * ( 1.0 - roughness ) ) ) ) );
					return getIBLRetroRadiance( viewDir, bentNormal, roughness );
				#else
					return vec3( 0.0 );
				#endif
			}
		#endif
	#endif
#endif`,hy=`ToonMaterial material;
material.diffuseColor = diffuseColor.rgb;`,uy=`varying vec3 vViewPosition;
struct ToonMaterial {
	vec3 diffuseColor;
};
void RE_Direct_Toon( const in IncidentLight directLight, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in ToonMaterial material, inout ReflectedLight reflectedLight ) {
	vec3 irradiance = getGradientIrradiance( geometryNormal, directLight.direction ) * directLight.color;
	reflectedLight.directDiffuse += irradiance * BRDF_Lambert( material.diffuseColor );
}
void RE_IndirectDiffuse_Toon( const in vec3 irradiance, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in ToonMaterial material, inout ReflectedLight reflectedLight ) {
	reflectedLight.indirectDiffuse += irradiance * BRDF_Lambert( material.diffuseColor );
}
#define RE_Direct				RE_Direct_Toon
#define RE_IndirectDiffuse		RE_IndirectDiffuse_Toon`,dy=`BlinnPhongMaterial material;
material.diffuseColor = diffuseColor.rgb;
material.specularColor = specular;
material.specularShininess = shininess;
material.specularStrength = specularStrength;`,fy=`varying vec3 vViewPosition;
struct BlinnPhongMaterial {
	vec3 diffuseColor;
	vec3 specularColor;
	float specularShininess;
	float specularStrength;
};
void RE_Direct_BlinnPhong( const in IncidentLight directLight, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in BlinnPhongMaterial material, inout ReflectedLight reflectedLight ) {
	float dotNL = saturate( dot( geometryNormal, directLight.direction ) );
	vec3 irradiance = dotNL * directLight.color;
	reflectedLight.directDiffuse += irradiance * BRDF_Lambert( material.diffuseColor );
	reflectedLight.directSpecular += irradiance * BRDF_BlinnPhong( directLight.direction, geometryViewDir, geometryNormal, material.specularColor, material.specularShininess ) * material.specularStrength;
}
void RE_IndirectDiffuse_BlinnPhong( const in vec3 irradiance, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in BlinnPhongMaterial material, inout ReflectedLight reflectedLight ) {
	reflectedLight.indirectDiffuse += irradiance * BRDF_Lambert( material.diffuseColor );
}
#define RE_Direct				RE_Direct_BlinnPhong
#define RE_IndirectDiffuse		RE_IndirectDiffuse_BlinnPhong`,py=`PhysicalMaterial material;
material.diffuseColor = diffuseColor.rgb;
material.diffuseContribution = diffuseColor.rgb * ( 1.0 - metalnessFactor );
material.metalness = metalnessFactor;
vec3 dxy = max( abs( dFdx( nonPerturbedNormal ) ), abs( dFdy( nonPerturbedNormal ) ) );
float geometryRoughness = max( max( dxy.x, dxy.y ), dxy.z );
material.roughness = max( roughnessFactor, 0.045 );
material.roughness += geometryRoughness;
material.roughness = min( material.roughness, 1.0 );
#ifdef USE_DIFFUSE_ROUGHNESS
	float diffuseRoughnessFactor = diffuseRoughness;
	#ifdef USE_DIFFUSE_ROUGHNESSMAP
		diffuseRoughnessFactor *= texture2D( diffuseRoughnessMap, vDiffuseRoughnessMapUv ).r;
	#endif
	material.diffuseRoughness = saturate( diffuseRoughnessFactor );
#endif
#ifdef IOR
	material.ior = ior;
	#ifdef USE_SPECULAR
		float specularIntensityFactor = specularIntensity;
		vec3 specularColorFactor = specularColor;
		#ifdef USE_SPECULAR_COLORMAP
			specularColorFactor *= texture2D( specularColorMap, vSpecularColorMapUv ).rgb;
		#endif
		#ifdef USE_SPECULAR_INTENSITYMAP
			specularIntensityFactor *= texture2D( specularIntensityMap, vSpecularIntensityMapUv ).a;
		#endif
		material.specularF90 = mix( specularIntensityFactor, 1.0, metalnessFactor );
	#else
		float specularIntensityFactor = 1.0;
		vec3 specularColorFactor = vec3( 1.0 );
		material.specularF90 = 1.0;
	#endif
	material.specularColor = min( pow2( ( material.ior - 1.0 ) / ( material.ior + 1.0 ) ) * specularColorFactor, vec3( 1.0 ) ) * specularIntensityFactor;
	material.specularColorBlended = mix( material.specularColor, diffuseColor.rgb, metalnessFactor );
#else
	material.specularColor = vec3( 0.04 );
	material.specularColorBlended = mix( material.specularColor, diffuseColor.rgb, metalnessFactor );
	material.specularF90 = 1.0;
#endif
#ifdef USE_CLEARCOAT
	material.clearcoat = clearcoat;
	material.clearcoatRoughness = clearcoatRoughness;
	material.clearcoatF0 = vec3( 0.04 );
	material.clearcoatF90 = 1.0;
	#ifdef USE_CLEARCOATMAP
		material.clearcoat *= texture2D( clearcoatMap, vClearcoatMapUv ).x;
	#endif
	#ifdef USE_CLEARCOAT_ROUGHNESSMAP
		material.clearcoatRoughness *= texture2D( clearcoatRoughnessMap, vClearcoatRoughnessMapUv ).y;
	#endif
	material.clearcoat = saturate( material.clearcoat );	material.clearcoatRoughness = max( material.clearcoatRoughness, 0.045 );
	material.clearcoatRoughness += geometryRoughness;
	material.clearcoatRoughness = min( material.clearcoatRoughness, 1.0 );
#endif
#ifdef USE_DISPERSION
	material.dispersion = dispersion;
#endif
#ifdef USE_RETROREFLECTION
	material.retroreflectivity = retroreflectivity;
#endif
#ifdef USE_IRIDESCENCE
	material.iridescence = iridescence;
	material.iridescenceIOR = iridescenceIOR;
	#ifdef USE_IRIDESCENCEMAP
		material.iridescence *= texture2D( iridescenceMap, vIridescenceMapUv ).r;
	#endif
	#ifdef USE_IRIDESCENCE_THICKNESSMAP
		material.iridescenceThickness = (iridescenceThicknessMaximum - iridescenceThicknessMinimum) * texture2D( iridescenceThicknessMap, vIridescenceThicknessMapUv ).g + iridescenceThicknessMinimum;
	#else
		material.iridescenceThickness = iridescenceThicknessMaximum;
	#endif
#endif
#ifdef USE_SHEEN
	material.sheenColor = sheenColor;
	#ifdef USE_SHEEN_COLORMAP
		material.sheenColor *= texture2D( sheenColorMap, vSheenColorMapUv ).rgb;
	#endif
	material.sheenRoughness = clamp( sheenRoughness, 0.0001, 1.0 );
	#ifdef USE_SHEEN_ROUGHNESSMAP
		material.sheenRoughness *= texture2D( sheenRoughnessMap, vSheenRoughnessMapUv ).a;
	#endif
#endif
#ifdef USE_ANISOTROPY
	#ifdef USE_ANISOTROPYMAP
		mat2 anisotropyMat = mat2( anisotropyVector.x, anisotropyVector.y, - anisotropyVector.y, anisotropyVector.x );
		vec3 anisotropyPolar = texture2D( anisotropyMap, vAnisotropyMapUv ).rgb;
		vec2 anisotropyV = anisotropyMat * normalize( 2.0 * anisotropyPolar.rg - vec2( 1.0 ) ) * anisotropyPolar.b;
	#else
		vec2 anisotropyV = anisotropyVector;
	#endif
	material.anisotropy = length( anisotropyV );
	if( material.anisotropy == 0.0 ) {
		anisotropyV = vec2( 1.0, 0.0 );
	} else {
		anisotropyV /= material.anisotropy;
		material.anisotropy = saturate( material.anisotropy );
	}
	material.alphaT = mix( pow2( material.roughness ), 1.0, pow2( material.anisotropy ) );
	material.anisotropyT = tbn[ 0 ] * anisotropyV.x + tbn[ 1 ] * anisotropyV.y;
	material.anisotropyB = tbn[ 1 ] * anisotropyV.x - tbn[ 0 ] * anisotropyV.y;
#endif`,my=`uniform sampler2D dfgLUT;
struct PhysicalMaterial {
	vec3 diffuseColor;
	vec3 diffuseContribution;
	vec3 specularColor;
	vec3 specularColorBlended;
	float roughness;
	float metalness;
	float specularF90;
	float dispersion;
	vec2 dfg;
	vec3 multiScatteringCompensation;
	#ifdef USE_DIFFUSE_ROUGHNESS
		float diffuseRoughness;
	#endif
	#ifdef USE_RETROREFLECTION
		float retroreflectivity;
	#endif
	#ifdef USE_CLEARCOAT
		float clearcoat;
		float clearcoatRoughness;
		vec3 clearcoatF0;
		float clearcoatF90;
	#endif
	#ifdef USE_IRIDESCENCE
		float iridescence;
		float iridescenceIOR;
		float iridescenceThickness;
		vec3 iridescenceFresnel;
		vec3 iridescenceF0Dielectric;
		vec3 iridescenceF0Metallic;
	#endif
	#ifdef USE_SHEEN
		vec3 sheenColor;
		float sheenRoughness;
	#endif
	#ifdef IOR
		float ior;
	#endif
	#ifdef USE_TRANSMISSION
		float transmission;
		float transmissionAlpha;
		float thickness;
		float attenuationDistance;
		vec3 attenuationColor;
	#endif
	#ifdef USE_ANISOTROPY
		float anisotropy;
		float alphaT;
		vec3 anisotropyT;
		vec3 anisotropyB;
	#endif
};
vec3 clearcoatSpecularDirect = vec3( 0.0 );
vec3 clearcoatSpecularIndirect = vec3( 0.0 );
vec3 sheenSpecularDirect = vec3( 0.0 );
vec3 sheenSpecularIndirect = vec3(0.0 );
vec3 Schlick_to_F0( const in vec3 f, const in float f90, const in float dotVH ) {
    float x = clamp( 1.0 - dotVH, 0.0, 1.0 );
    float x2 = x * x;
    float x5 = clamp( x * x2 * x2, 0.0, 0.9999 );
    return ( f - vec3( f90 ) * x5 ) / ( 1.0 - x5 );
}
#ifdef USE_DIFFUSE_ROUGHNESS
	const float EON_EPSILON = 1e-7;
	float FON_DirectionalAlbedo( const in float mu, const in float roughness, const in float A ) {
		float muComp = 1.0 - mu;
		float gOverPi = muComp * ( 0.0571085289 + muComp * ( 0.491881867 + muComp * ( - 0.332181442 + muComp * 0.0714429953 ) ) );
		return A * ( 1.0 + roughness * gOverPi );
	}
	vec3 BRDF_EON( const in vec3 lightDir, const in vec3 viewDir, const in vec3 normal, const in vec3 diffuseColor, const in float roughness ) {
		vec3 rho = saturate( diffuseColor );
		if ( roughness <= EON_EPSILON ) return BRDF_Lambert( rho );
		float dotNL = saturate( dot( normal, lightDir ) );
		float dotNV = saturate( dot( normal, viewDir ) );
		float s = dot( lightDir, viewDir ) - dotNL * dotNV;
		float sOverT = ( s > 0.0 ) ? s / max( max( dotNL, dotNV ), EON_EPSILON ) : s;
		float A = 1.0 / ( 1.0 + ( 0.5 - 2.0 / ( 3.0 * PI ) ) * roughness );
		vec3 singleScatter = rho * RECIPROCAL_PI * A * ( 1.0 + roughness * sOverT );
		float averageAlbedo = A * ( 1.0 + ( 2.0 / 3.0 - 28.0 / ( 15.0 * PI ) ) * roughness );
		float albedoV = FON_DirectionalAlbedo( dotNV, roughness, A );
		float albedoL = FON_DirectionalAlbedo( dotNL, roughness, A );
		vec3 rhoMultiScatter = rho * rho * averageAlbedo / max( vec3( EON_EPSILON ), vec3( 1.0 ) - rho * ( 1.0 - averageAlbedo ) );
		vec3 multiScatter = rhoMultiScatter * RECIPROCAL_PI
			* max( EON_EPSILON, 1.0 - albedoV )
			* max( EON_EPSILON, 1.0 - albedoL )
			/ max( EON_EPSILON, 1.0 - averageAlbedo );
		return singleScatter + multiScatter;
	}
	vec3 EON_DirectionalAlbedo( const in vec3 diffuseColor, const in float roughness, const in float dotNV ) {
		vec3 rho = saturate( diffuseColor );
		if ( roughness <= EON_EPSILON ) return rho;
		float A = 1.0 / ( 1.0 + ( 0.5 - 2.0 / ( 3.0 * PI ) ) * roughness );
		float directionalAlbedo = FON_DirectionalAlbedo( dotNV, roughness, A );
		float averageAlbedo = A * ( 1.0 + ( 2.0 / 3.0 - 28.0 / ( 15.0 * PI ) ) * roughness );
		vec3 rhoMultiScatter = rho * rho * averageAlbedo / max( vec3( EON_EPSILON ), vec3( 1.0 ) - rho * ( 1.0 - averageAlbedo ) );
		return rho * directionalAlbedo + rhoMultiScatter * ( 1.0 - directionalAlbedo );
	}
#endif
float V_GGX_SmithCorrelated( const in float alpha, const in float dotNL, const in float dotNV ) {
	float a2 = pow2( alpha );
	float gv = dotNL * sqrt( a2 + ( 1.0 - a2 ) * pow2( dotNV ) );
	float gl = dotNV * sqrt( a2 + ( 1.0 - a2 ) * pow2( dotNL ) );
	return 0.5 / max( gv + gl, EPSILON );
}
float D_GGX( const in float alpha, const in float dotNH ) {
	float a2 = pow2( alpha );
	float denom = pow2( dotNH ) * ( a2 - 1.0 ) + 1.0;
	return RECIPROCAL_PI * a2 / pow2( denom );
}
#ifdef USE_ANISOTROPY
	float V_GGX_SmithCorrelated_Anisotropic( const in float alphaT, const in float alphaB, const in float dotTV, const in float dotBV, const in float dotTL, const in float dotBL, const in float dotNV, const in float dotNL ) {
		float gv = dotNL * length( vec3( alphaT * dotTV, alphaB * dotBV, dotNV ) );
		float gl = dotNV * length( vec3( alphaT * dotTL, alphaB * dotBL, dotNL ) );
		return 0.5 / max( gv + gl, EPSILON );
	}
	float D_GGX_Anisotropic( const in float alphaT, const in float alphaB, const in float dotNH, const in float dotTH, const in float dotBH ) {
		float a2 = alphaT * alphaB;
		highp vec3 v = vec3( alphaB * dotTH, alphaT * dotBH, a2 * dotNH );
		highp float v2 = dot( v, v );
		float w2 = a2 / v2;
		return RECIPROCAL_PI * a2 * pow2 ( w2 );
	}
#endif
#ifdef USE_CLEARCOAT
	vec3 BRDF_GGX_Clearcoat( const in vec3 lightDir, const in vec3 viewDir, const in vec3 normal, const in PhysicalMaterial material) {
		vec3 f0 = material.clearcoatF0;
		float f90 = material.clearcoatF90;
		float roughness = max( material.clearcoatRoughness, 0.045 );
		float alpha = pow2( roughness );
		vec3 halfDir = normalize( lightDir + viewDir );
		float dotNL = saturate( dot( normal, lightDir ) );
		float dotNV = saturate( dot( normal, viewDir ) );
		float dotNH = saturate( dot( normal, halfDir ) );
		float dotVH = saturate( dot( viewDir, halfDir ) );
		vec3 F = F_Schlick( f0, f90, dotVH );
		float V = V_GGX_SmithCorrelated( alpha, dotNL, dotNV );
		float D = D_GGX( alpha, dotNH );
		return F * ( V * D );
	}
#endif
vec3 BRDF_GGX( const in vec3 lightDir, const in vec3 viewDir, const in vec3 normal, const in PhysicalMaterial material ) {
	vec3 f0 = material.specularColorBlended;
	float f90 = material.specularF90;
	float roughness = max( material.roughness, 0.045 );
	float alpha = pow2( roughness );
	vec3 halfDir = normalize( lightDir + viewDir );
	float dotNL = saturate( dot( normal, lightDir ) );
	float dotNV = saturate( dot( normal, viewDir ) );
	float dotNH = saturate( dot( normal, halfDir ) );
	float dotVH = saturate( dot( viewDir, halfDir ) );
	vec3 F = F_Schlick( f0, f90, dotVH );
	#ifdef USE_IRIDESCENCE
		F = mix( F, material.iridescenceFresnel, material.iridescence );
	#endif
	#ifdef USE_ANISOTROPY
		float dotTL = dot( material.anisotropyT, lightDir );
		float dotTV = dot( material.anisotropyT, viewDir );
		float dotTH = dot( material.anisotropyT, halfDir );
		float dotBL = dot( material.anisotropyB, lightDir );
		float dotBV = dot( material.anisotropyB, viewDir );
		float dotBH = dot( material.anisotropyB, halfDir );
		float alphaT = max( material.alphaT, alpha );
		float V = V_GGX_SmithCorrelated_Anisotropic( alphaT, alpha, dotTV, dotBV, dotTL, dotBL, dotNV, dotNL );
		float D = D_GGX_Anisotropic( alphaT, alpha, dotNH, dotTH, dotBH );
	#else
		float V = V_GGX_SmithCorrelated( alpha, dotNL, dotNV );
		float D = D_GGX( alpha, dotNH );
	#endif
	return F * ( V * D );
}
vec2 LTC_Uv( const in vec3 N, const in vec3 V, const in float roughness ) {
	const float LUT_SIZE = 64.0;
	const float LUT_SCALE = ( LUT_SIZE - 1.0 ) / LUT_SIZE;
	const float LUT_BIAS = 0.5 / LUT_SIZE;
	float dotNV = saturate( dot( N, V ) );
	vec2 uv = vec2( roughness, sqrt( 1.0 - dotNV ) );
	uv = uv * LUT_SCALE + LUT_BIAS;
	return uv;
}
float LTC_ClippedSphereFormFactor( const in vec3 f ) {
	float l = length( f );
	return max( ( l * l + f.z ) / ( l + 1.0 ), 0.0 );
}
vec3 LTC_EdgeVectorFormFactor( const in vec3 v1, const in vec3 v2 ) {
	float x = dot( v1, v2 );
	float y = abs( x );
	float a = 0.8543985 + ( 0.4965155 + 0.0145206 * y ) * y;
	float b = 3.4175940 + ( 4.1616724 + y ) * y;
	float v = a / b;
	float theta_sintheta = ( x > 0.0 ) ? v : 0.5 * inversesqrt( max( 1.0 - x * x, 1e-7 ) ) - v;
	return cross( v1, v2 ) * theta_sintheta;
}
vec3 LTC_Evaluate( const in vec3 N, const in vec3 V, const in vec3 P, const in mat3 mInv, const in vec3 rectCoords[ 4 ] ) {
	vec3 v1 = rectCoords[ 1 ] - rectCoords[ 0 ];
	vec3 v2 = rectCoords[ 3 ] - rectCoords[ 0 ];
	vec3 lightNormal = cross( v1, v2 );
	if( dot( lightNormal, P - rectCoords[ 0 ] ) < 0.0 ) return vec3( 0.0 );
	vec3 T1, T2;
	T1 = normalize( V - N * dot( V, N ) );
	T2 = - cross( N, T1 );
	mat3 mat = mInv * transpose( mat3( T1, T2, N ) );
	vec3 coords[ 4 ];
	coords[ 0 ] = mat * ( rectCoords[ 0 ] - P );
	coords[ 1 ] = mat * ( rectCoords[ 1 ] - P );
	coords[ 2 ] = mat * ( rectCoords[ 2 ] - P );
	coords[ 3 ] = mat * ( rectCoords[ 3 ] - P );
	coords[ 0 ] = normalize( coords[ 0 ] );
	coords[ 1 ] = normalize( coords[ 1 ] );
	coords[ 2 ] = normalize( coords[ 2 ] );
	coords[ 3 ] = normalize( coords[ 3 ] );
	vec3 vectorFormFactor = vec3( 0.0 );
	vectorFormFactor += LTC_EdgeVectorFormFactor( coords[ 0 ], coords[ 1 ] );
	vectorFormFactor += LTC_EdgeVectorFormFactor( coords[ 1 ], coords[ 2 ] );
	vectorFormFactor += LTC_EdgeVectorFormFactor( coords[ 2 ], coords[ 3 ] );
	vectorFormFactor += LTC_EdgeVectorFormFactor( coords[ 3 ], coords[ 0 ] );
	float result = LTC_ClippedSphereFormFactor( vectorFormFactor );
	return vec3( result );
}
#if defined( USE_SHEEN )
float D_Charlie( float roughness, float dotNH ) {
	float alpha = pow2( roughness );
	float invAlpha = 1.0 / alpha;
	float cos2h = dotNH * dotNH;
	float sin2h = max( 1.0 - cos2h, 0.0078125 );
	return ( 2.0 + invAlpha ) * pow( sin2h, invAlpha * 0.5 ) / ( 2.0 * PI );
}
float V_Neubelt( float dotNV, float dotNL ) {
	return saturate( 1.0 / ( 4.0 * ( dotNL + dotNV - dotNL * dotNV ) ) );
}
vec3 BRDF_Sheen( const in vec3 lightDir, const in vec3 viewDir, const in vec3 normal, vec3 sheenColor, const in float sheenRoughness ) {
	vec3 halfDir = normalize( lightDir + viewDir );
	float dotNL = saturate( dot( normal, lightDir ) );
	float dotNV = saturate( dot( normal, viewDir ) );
	float dotNH = saturate( dot( normal, halfDir ) );
	float D = D_Charlie( sheenRoughness, dotNH );
	float V = V_Neubelt( dotNV, dotNL );
	return sheenColor * ( D * V );
}
#endif
float IBLSheenBRDF( const in vec3 normal, const in vec3 viewDir, const in float roughness ) {
	float dotNV = saturate( dot( normal, viewDir ) );
	float r2 = roughness * roughness;
	float rInv = 1.0 / ( roughness + 0.1 );
	float a = -1.9362 + 1.0678 * roughness + 0.4573 * r2 - 0.8469 * rInv;
	float b = -0.6014 + 0.5538 * roughness - 0.4670 * r2 - 0.1255 * rInv;
	float DG = exp( a * dotNV + b );
	return saturate( DG );
}
vec3 EnvironmentBRDF( const in vec3 normal, const in vec3 viewDir, const in vec3 specularColor, const in float specularF90, const in float roughness ) {
	float dotNV = saturate( dot( normal, viewDir ) );
	vec2 fab = texture2D( dfgLUT, vec2( roughness, dotNV ) ).rg;
	return specularColor * fab.x + specularF90 * fab.y;
}
#ifdef USE_IRIDESCENCE
void computeMultiscatteringIridescence( const in vec2 fab, const in vec3 specularColor, const in float specularF90, const in float iridescence, const in vec3 iridescenceF0, inout vec3 singleScatter, inout vec3 multiScatter ) {
#else
void computeMultiscattering( const in vec2 fab, const in vec3 specularColor, const in float specularF90, inout vec3 singleScatter, inout vec3 multiScatter ) {
#endif
	#ifdef USE_IRIDESCENCE
		vec3 Fr = mix( specularColor, iridescenceF0, iridescence );
	#else
		vec3 Fr = specularColor;
	#endif
	vec3 FssEss = Fr * fab.x + specularF90 * fab.y;
	float Ess = fab.x + fab.y;
	float Ems = 1.0 - Ess;
	vec3 Favg = Fr + ( 1.0 - Fr ) * 0.047619;	vec3 Fms = FssEss * Favg / ( 1.0 - Ems * Favg );
	singleScatter += FssEss;
	multiScatter += Fms * Ems;
}
#if NUM_RECT_AREA_LIGHTS > 0
	void RE_Direct_RectArea_Physical( const in RectAreaLight rectAreaLight, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in PhysicalMaterial material, inout ReflectedLight reflectedLight ) {
		vec3 normal = geometryNormal;
		vec3 viewDir = geometryViewDir;
		vec3 position = geometryPosition;
		vec3 lightPos = rectAreaLight.position;
		vec3 halfWidth = rectAreaLight.halfWidth;
		vec3 halfHeight = rectAreaLight.halfHeight;
		vec3 lightColor = rectAreaLight.color;
		float roughness = material.roughness;
		vec3 rectCoords[ 4 ];
		rectCoords[ 0 ] = lightPos + halfWidth - halfHeight;		rectCoords[ 1 ] = lightPos - halfWidth - halfHeight;
		rectCoords[ 2 ] = lightPos - halfWidth + halfHeight;
		rectCoords[ 3 ] = lightPos + halfWidth + halfHeight;
		vec2 uv = LTC_Uv( normal, viewDir, roughness );
		vec4 t1 = texture2D( ltc_1, uv );
		vec4 t2 = texture2D( ltc_2, uv );
		mat3 mInv = mat3(
			vec3( t1.x, 0, t1.y ),
			vec3(    0, 1,    0 ),
			vec3( t1.z, 0, t1.w )
		);
		vec3 fresnel = ( material.specularColorBlended * t2.x + ( material.specularF90 - material.specularColorBlended ) * t2.y );
		reflectedLight.directSpecular += lightColor * fresnel * LTC_Evaluate( normal, viewDir, position, mInv, rectCoords );
		reflectedLight.directDiffuse += lightColor * material.diffuseContribution * LTC_Evaluate( normal, viewDir, position, mat3( 1.0 ), rectCoords );
		#ifdef USE_CLEARCOAT
			vec3 Ncc = geometryClearcoatNormal;
			vec2 uvClearcoat = LTC_Uv( Ncc, viewDir, material.clearcoatRoughness );
			vec4 t1Clearcoat = texture2D( ltc_1, uvClearcoat );
			vec4 t2Clearcoat = texture2D( ltc_2, uvClearcoat );
			mat3 mInvClearcoat = mat3(
				vec3( t1Clearcoat.x, 0, t1Clearcoat.y ),
				vec3(             0, 1,             0 ),
				vec3( t1Clearcoat.z, 0, t1Clearcoat.w )
			);
			vec3 fresnelClearcoat = material.clearcoatF0 * t2Clearcoat.x + ( material.clearcoatF90 - material.clearcoatF0 ) * t2Clearcoat.y;
			clearcoatSpecularDirect += lightColor * fresnelClearcoat * LTC_Evaluate( Ncc, viewDir, position, mInvClearcoat, rectCoords );
		#endif
	}
#endif
void RE_Direct_Physical( const in IncidentLight directLight, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in PhysicalMaterial material, inout ReflectedLight reflectedLight ) {
	float dotNL = saturate( dot( geometryNormal, directLight.direction ) );
	vec3 irradiance = dotNL * directLight.color;
	#ifdef USE_CLEARCOAT
		float dotNLcc = saturate( dot( geometryClearcoatNormal, directLight.direction ) );
		vec3 ccIrradiance = dotNLcc * directLight.color;
		clearcoatSpecularDirect += ccIrradiance * BRDF_GGX_Clearcoat( directLight.direction, geometryViewDir, geometryClearcoatNormal, material );
	#endif
	#ifdef USE_SHEEN
 
 		sheenSpecularDirect += irradiance * BRDF_Sheen( directLight.direction, geometryViewDir, geometryNormal, material.sheenColor, material.sheenRoughness );
 
 		float sheenAlbedoV = IBLSheenBRDF( geometryNormal, geometryViewDir, material.sheenRoughness );
 		float sheenAlbedoL = IBLSheenBRDF( geometryNormal, directLight.direction, material.sheenRoughness );
 
 		float sheenEnergyComp = 1.0 - max3( material.sheenColor ) * max( sheenAlbedoV, sheenAlbedoL );
 
 		irradiance *= sheenEnergyComp;
 
 	#endif
	vec3 specularBRDF = BRDF_GGX( directLight.direction, geometryViewDir, geometryNormal, material );
	#ifdef USE_RETROREFLECTION
		vec3 retroViewDir = reflect( - geometryViewDir, geometryNormal );
		vec3 retroSpecularBRDF = BRDF_GGX( directLight.direction, retroViewDir, geometryNormal, material );
		specularBRDF = mix( specularBRDF, retroSpecularBRDF, saturate( material.retroreflectivity ) );
	#endif
	reflectedLight.directSpecular += irradiance * specularBRDF * material.multiScatteringCompensation;
	vec3 halfDir = normalize( directLight.direction + geometryViewDir );
	float dotVH = saturate( dot( geometryViewDir, halfDir ) );
	vec3 F = F_Schlick( material.specularColor, material.specularF90, dotVH );
	#ifdef USE_RETROREFLECTION
		vec3 retroHalfDir = normalize( directLight.direction + retroViewDir );
		float dotRetroVH = saturate( dot( retroViewDir, retroHalfDir ) );
		vec3 retroF = F_Schlick( material.specularColor, material.specularF90, dotRetroVH );
		F = mix( F, retroF, saturate( material.retroreflectivity ) );
	#endif
	#ifdef USE_DIFFUSE_ROUGHNESS
		vec3 diffuseBRDF = BRDF_EON( directLight.direction, geometryViewDir, geometryNormal, material.diffuseColor, material.diffuseRoughness ) * ( 1.0 - material.metalness );
	#else
		vec3 diffuseBRDF = BRDF_Lambert( material.diffuseContribution );
	#endif
	reflectedLight.directDiffuse += irradiance * diffuseBRDF * ( 1.0 - F );
}
void RE_IndirectDiffuse_Physical( const in vec3 irradiance, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in PhysicalMaterial material, inout ReflectedLight reflectedLight ) {
	vec3 singleScattering = vec3( 0.0 );
	vec3 multiScattering = vec3( 0.0 );
	#ifdef USE_IRIDESCENCE
		computeMultiscatteringIridescence( material.dfg, material.specularColor, material.specularF90, material.iridescence, material.iridescenceF0Dielectric, singleScattering, multiScattering );
	#else
		computeMultiscattering( material.dfg, material.specularColor, material.specularF90, singleScattering, multiScattering );
	#endif
	#ifdef USE_DIFFUSE_ROUGHNESS
		float dotNV = saturate( dot( geometryNormal, geometryViewDir ) );
		vec3 diffuseAlbedo = EON_DirectionalAlbedo( material.diffuseColor, material.diffuseRoughness, dotNV ) * ( 1.0 - material.metalness );
		vec3 diffuse = irradiance * RECIPROCAL_PI * diffuseAlbedo * ( 1.0 - singleScattering - multiScattering );
	#else
		vec3 diffuse = irradiance * BRDF_Lambert( material.diffuseContribution ) * ( 1.0 - singleScattering - multiScattering );
	#endif
	#ifdef USE_SHEEN
		float sheenAlbedo = IBLSheenBRDF( geometryNormal, geometryViewDir, material.sheenRoughness );
		sheenSpecularIndirect += irradiance * material.sheenColor * sheenAlbedo * RECIPROCAL_PI;
		float sheenEnergyComp = 1.0 - max3( material.sheenColor ) * sheenAlbedo;
		diffuse *= sheenEnergyComp;
	#endif
	reflectedLight.indirectDiffuse += diffuse;
}
void RE_IndirectSpecular_Physical( const in vec3 radiance, const in vec3 irradiance, const in vec3 clearcoatRadiance, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in PhysicalMaterial material, inout ReflectedLight reflectedLight) {
	#ifdef USE_CLEARCOAT
		clearcoatSpecularIndirect += clearcoatRadiance * EnvironmentBRDF( geometryClearcoatNormal, geometryViewDir, material.clearcoatF0, material.clearcoatF90, material.clearcoatRoughness );
	#endif
	#ifdef USE_SHEEN
		sheenSpecularIndirect += irradiance * material.sheenColor * IBLSheenBRDF( geometryNormal, geometryViewDir, material.sheenRoughness ) * RECIPROCAL_PI;
 	#endif
	vec3 singleScatteringDielectric = vec3( 0.0 );
	vec3 multiScatteringDielectric = vec3( 0.0 );
	vec3 singleScatteringMetallic = vec3( 0.0 );
	vec3 multiScatteringMetallic = vec3( 0.0 );
	#ifdef USE_IRIDESCENCE
		computeMultiscatteringIridescence( material.dfg, material.specularColor, material.specularF90, material.iridescence, material.iridescenceF0Dielectric, singleScatteringDielectric, multiScatteringDielectric );
		computeMultiscatteringIridescence( material.dfg, material.diffuseColor, material.specularF90, material.iridescence, material.iridescenceF0Metallic, singleScatteringMetallic, multiScatteringMetallic );
	#else
		computeMultiscattering( material.dfg, material.specularColor, material.specularF90, singleScatteringDielectric, multiScatteringDielectric );
		computeMultiscattering( material.dfg, material.diffuseColor, material.specularF90, singleScatteringMetallic, multiScatteringMetallic );
	#endif
	vec3 singleScattering = mix( singleScatteringDielectric, singleScatteringMetallic, material.metalness );
	vec3 multiScattering = mix( multiScatteringDielectric, multiScatteringMetallic, material.metalness );
	vec3 totalScatteringDielectric = singleScatteringDielectric + multiScatteringDielectric;
	#ifdef USE_DIFFUSE_ROUGHNESS
		float dotNV = saturate( dot( geometryNormal, geometryViewDir ) );
		vec3 diffuse = EON_DirectionalAlbedo( material.diffuseColor, material.diffuseRoughness, dotNV ) * ( 1.0 - material.metalness ) * ( 1.0 - totalScatteringDielectric );
	#else
		vec3 diffuse = material.diffuseContribution * ( 1.0 - totalScatteringDielectric );
	#endif
	vec3 cosineWeightedIrradiance = irradiance * RECIPROCAL_PI;
	vec3 indirectSpecular = radiance * singleScattering;
	indirectSpecular += multiScattering * cosineWeightedIrradiance;
	vec3 indirectDiffuse = diffuse * cosineWeightedIrradiance;
	#ifdef USE_SHEEN
		float sheenAlbedo = IBLSheenBRDF( geometryNormal, geometryViewDir, material.sheenRoughness );
		float sheenEnergyComp = 1.0 - max3( material.sheenColor ) * sheenAlbedo;
		indirectSpecular *= sheenEnergyComp;
		indirectDiffuse *= sheenEnergyComp;
	#endif
	reflectedLight.indirectSpecular += indirectSpecular;
	reflectedLight.indirectDiffuse += indirectDiffuse;
}
#define RE_Direct				RE_Direct_Physical
#define RE_Direct_RectArea		RE_Direct_RectArea_Physical
#define RE_IndirectDiffuse		RE_IndirectDiffuse_Physical
#define RE_IndirectSpecular		RE_IndirectSpecular_Physical
float computeSpecularOcclusion( const in float dotNV, const in float ambientOcclusion, const in float roughness ) {
	return saturate( pow( dotNV + ambientOcclusion, exp2( - 16.0 * roughness - 1.0 ) ) - 1.0 + ambientOcclusion );
}`,gy=`
vec3 geometryPosition = - vViewPosition;
vec3 geometryNormal = normal;
vec3 geometryViewDir = ( isOrthographic ) ? vec3( 0, 0, 1 ) : normalize( vViewPosition );
vec3 geometryClearcoatNormal = vec3( 0.0 );
#ifdef USE_CLEARCOAT
	geometryClearcoatNormal = clearcoatNormal;
#endif
#ifdef USE_IRIDESCENCE
	float dotNVi = saturate( dot( normal, geometryViewDir ) );
	if ( material.iridescenceThickness == 0.0 ) {
		material.iridescence = 0.0;
	} else {
		material.iridescence = saturate( material.iridescence );
	}
	if ( material.iridescence > 0.0 ) {
		vec3 iridescenceFresnelDielectric = evalIridescence( 1.0, material.iridescenceIOR, dotNVi, material.iridescenceThickness, material.specularColor );
		vec3 iridescenceFresnelMetallic = evalIridescence( 1.0, material.iridescenceIOR, dotNVi, material.iridescenceThickness, material.diffuseColor );
		material.iridescenceFresnel = mix( iridescenceFresnelDielectric, iridescenceFresnelMetallic, material.metalness );
		material.iridescenceF0Dielectric = Schlick_to_F0( iridescenceFresnelDielectric, 1.0, dotNVi );
		material.iridescenceF0Metallic = Schlick_to_F0( iridescenceFresnelMetallic, 1.0, dotNVi );
	}
#endif
#ifdef STANDARD
	float dotNVms = saturate( dot( geometryNormal, geometryViewDir ) );
	material.dfg = texture2D( dfgLUT, vec2( material.roughness, dotNVms ) ).rg;
	#if ( NUM_SUN_LIGHTS > 0 || NUM_DIR_LIGHTS > 0 || NUM_POINT_LIGHTS > 0 || NUM_SPOT_LIGHTS > 0 )
		float EssMs = material.dfg.x + material.dfg.y;
		material.multiScatteringCompensation = 1.0 + material.specularColorBlended * ( 1.0 / EssMs - 1.0 );
	#endif
#endif
IncidentLight directLight;
#if ( NUM_POINT_LIGHTS > 0 ) && defined( RE_Direct )
	PointLight pointLight;
	#if defined( USE_SHADOWMAP ) && NUM_POINT_LIGHT_SHADOWS > 0
	PointLightShadow pointLightShadow;
	#endif
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_POINT_LIGHTS; i ++ ) {
		pointLight = pointLights[ i ];
		getPointLightInfo( pointLight, geometryPosition, directLight );
		#if defined( USE_SHADOWMAP ) && ( UNROLLED_LOOP_INDEX < NUM_POINT_LIGHT_SHADOWS ) && ( defined( SHADOWMAP_TYPE_PCF ) || defined( SHADOWMAP_TYPE_BASIC ) )
		pointLightShadow = pointLightShadows[ i ];
		directLight.color *= ( directLight.visible && receiveShadow ) ? getPointShadow( pointShadowMap[ i ], pointLightShadow.shadowMapSize, pointLightShadow.shadowIntensity, pointLightShadow.shadowBias, pointLightShadow.shadowRadius, vPointShadowCoord[ i ], pointLightShadow.shadowCameraNear, pointLightShadow.shadowCameraFar ) : 1.0;
		#endif
		RE_Direct( directLight, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, reflectedLight );
	}
	#pragma unroll_loop_end
#endif
#if ( NUM_SPOT_LIGHTS > 0 ) && defined( RE_Direct )
	SpotLight spotLight;
	vec4 spotColor;
	vec3 spotLightCoord;
	bool inSpotLightMap;
	#if defined( USE_SHADOWMAP ) && NUM_SPOT_LIGHT_SHADOWS > 0
	SpotLightShadow spotLightShadow;
	#endif
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_SPOT_LIGHTS; i ++ ) {
		spotLight = spotLights[ i ];
		getSpotLightInfo( spotLight, geometryPosition, directLight );
		#if ( UNROLLED_LOOP_INDEX < NUM_SPOT_LIGHT_SHADOWS_WITH_MAPS )
		#define SPOT_LIGHT_MAP_INDEX UNROLLED_LOOP_INDEX
		#elif ( UNROLLED_LOOP_INDEX < NUM_SPOT_LIGHT_SHADOWS )
		#define SPOT_LIGHT_MAP_INDEX NUM_SPOT_LIGHT_MAPS
		#else
		#define SPOT_LIGHT_MAP_INDEX ( UNROLLED_LOOP_INDEX - NUM_SPOT_LIGHT_SHADOWS + NUM_SPOT_LIGHT_SHADOWS_WITH_MAPS )
		#endif
		#if ( SPOT_LIGHT_MAP_INDEX < NUM_SPOT_LIGHT_MAPS )
			spotLightCoord = vSpotLightCoord[ i ].xyz / vSpotLightCoord[ i ].w;
			inSpotLightMap = all( lessThan( abs( spotLightCoord * 2. - 1. ), vec3( 1.0 ) ) );
			spotColor = texture2D( spotLightMap[ SPOT_LIGHT_MAP_INDEX ], spotLightCoord.xy );
			directLight.color = inSpotLightMap ? directLight.color * spotColor.rgb : directLight.color;
		#endif
		#undef SPOT_LIGHT_MAP_INDEX
		#if defined( USE_SHADOWMAP ) && ( UNROLLED_LOOP_INDEX < NUM_SPOT_LIGHT_SHADOWS )
		spotLightShadow = spotLightShadows[ i ];
		directLight.color *= ( directLight.visible && receiveShadow ) ? getShadow( spotShadowMap[ i ], spotLightShadow.shadowMapSize, spotLightShadow.shadowIntensity, spotLightShadow.shadowBias, spotLightShadow.shadowRadius, vSpotLightCoord[ i ] ) : 1.0;
		#endif
		RE_Direct( directLight, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, reflectedLight );
	}
	#pragma unroll_loop_end
#endif
#if ( NUM_SUN_LIGHTS > 0 ) && defined( RE_Direct )
	SunLight sunLight;
	#if defined( USE_SHADOWMAP ) && NUM_SUN_LIGHT_SHADOWS > 0
	SunLightShadow sunLightShadow;
	#endif
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_SUN_LIGHTS; i ++ ) {
		sunLight = sunLights[ i ];
		getSunLightInfo( sunLight, directLight );
		#if defined( USE_SHADOWMAP ) && ( UNROLLED_LOOP_INDEX < NUM_SUN_LIGHT_SHADOWS )
		sunLightShadow = sunLightShadows[ i ];
		directLight.color *= ( directLight.visible && receiveShadow ) ? getSunShadow( sunShadowMap[ i ], sunLightShadow, UNROLLED_LOOP_INDEX ) : 1.0;
		#endif
		RE_Direct( directLight, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, reflectedLight );
	}
	#pragma unroll_loop_end
#endif
#if ( NUM_DIR_LIGHTS > 0 ) && defined( RE_Direct )
	DirectionalLight directionalLight;
	#if defined( USE_SHADOWMAP ) && NUM_DIR_LIGHT_SHADOWS > 0
	DirectionalLightShadow directionalLightShadow;
	#endif
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_DIR_LIGHTS; i ++ ) {
		directionalLight = directionalLights[ i ];
		getDirectionalLightInfo( directionalLight, directLight );
		#if defined( USE_SHADOWMAP ) && ( UNROLLED_LOOP_INDEX < NUM_DIR_LIGHT_SHADOWS )
		directionalLightShadow = directionalLightShadows[ i ];
		directLight.color *= ( directLight.visible && receiveShadow ) ? getShadow( directionalShadowMap[ i ], directionalLightShadow.shadowMapSize, directionalLightShadow.shadowIntensity, directionalLightShadow.shadowBias, directionalLightShadow.shadowRadius, vDirectionalShadowCoord[ i ] ) : 1.0;
		#endif
		RE_Direct( directLight, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, reflectedLight );
	}
	#pragma unroll_loop_end
#endif
#if ( NUM_RECT_AREA_LIGHTS > 0 ) && defined( RE_Direct_RectArea )
	RectAreaLight rectAreaLight;
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_RECT_AREA_LIGHTS; i ++ ) {
		rectAreaLight = rectAreaLights[ i ];
		RE_Direct_RectArea( rectAreaLight, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, reflectedLight );
	}
	#pragma unroll_loop_end
#endif
#if defined( RE_IndirectDiffuse )
	vec3 iblIrradiance = vec3( 0.0 );
	vec3 irradiance = getAmbientLightIrradiance( ambientLightColor );
	#if defined( USE_LIGHT_PROBES )
		irradiance += getLightProbeIrradiance( lightProbe, geometryNormal );
	#endif
	#if ( NUM_HEMI_LIGHTS > 0 )
		#pragma unroll_loop_start
		for ( int i = 0; i < NUM_HEMI_LIGHTS; i ++ ) {
			irradiance += getHemisphereLightIrradiance( hemisphereLights[ i ], geometryNormal );
		}
		#pragma unroll_loop_end
	#endif
	#if NUM_LIGHT_PROBE_GRIDS > 0
		vec3 probeWorldPos = ( ( vec4( geometryPosition, 1.0 ) - viewMatrix[ 3 ] ) * viewMatrix ).xyz;
		vec3 probeWorldNormal = transformNormalByInverseViewMatrix( geometryNormal, viewMatrix );
		int probeGrid = - 1;
		#pragma unroll_loop_start
		for ( int i = 0; i < NUM_LIGHT_PROBE_GRIDS; i ++ ) {
			if ( isInsideLightProbeGrid( probeWorldPos, probeWorldNormal, probesMin[ i ], probesMax[ i ], probesResolution[ i ] ) ) probeGrid = UNROLLED_LOOP_INDEX;
		}
		#pragma unroll_loop_end
		#pragma unroll_loop_start
		for ( int i = 0; i < NUM_LIGHT_PROBE_GRIDS; i ++ ) {
			if ( probeGrid == UNROLLED_LOOP_INDEX ) irradiance += getLightProbeGridIrradiance( probesSH[ i ], probesMin[ i ], probesMax[ i ], probesResolution[ i ], probeWorldPos, probeWorldNormal );
		}
		#pragma unroll_loop_end
	#endif
#endif
#if defined( RE_IndirectSpecular )
	vec3 radiance = vec3( 0.0 );
	vec3 clearcoatRadiance = vec3( 0.0 );
#endif`,_y=`#if defined( RE_IndirectDiffuse )
	#ifdef USE_LIGHTMAP
		vec4 lightMapTexel = texture2D( lightMap, vLightMapUv );
		vec3 lightMapIrradiance = lightMapTexel.rgb * lightMapIntensity;
		irradiance += lightMapIrradiance;
	#endif
	#if defined( USE_ENVMAP ) && defined( ENVMAP_TYPE_PMREM )
		#if defined( STANDARD ) || defined( LAMBERT ) || defined( PHONG )
			iblIrradiance += getIBLIrradiance( geometryNormal );
		#endif
	#endif
#endif
#if defined( USE_ENVMAP ) && defined( RE_IndirectSpecular )
	#ifdef USE_ANISOTROPY
		vec3 iblRadiance = getIBLAnisotropyRadiance( geometryViewDir, geometryNormal, material.roughness, material.anisotropyB, material.anisotropy );
	#else
		vec3 iblRadiance = getIBLRadiance( geometryViewDir, geometryNormal, material.roughness );
	#endif
	#ifdef USE_RETROREFLECTION
		#ifdef USE_ANISOTROPY
			vec3 retroIBLRadiance = getIBLAnisotropyRetroRadiance( geometryViewDir, geometryNormal, material.roughness, material.anisotropyB, material.anisotropy );
		#else
			vec3 retroIBLRadiance = getIBLRetroRadiance( geometryViewDir, geometryNormal, material.roughness );
		#endif
		iblRadiance = mix( iblRadiance, retroIBLRadiance, saturate( material.retroreflectivity ) );
	#endif
	radiance += iblRadiance;
	#ifdef USE_CLEARCOAT
		clearcoatRadiance += getIBLRadiance( geometryViewDir, geometryClearcoatNormal, material.clearcoatRoughness );
	#endif
#endif`,vy=`#if defined( RE_IndirectDiffuse )
	#if defined( LAMBERT ) || defined( PHONG )
		irradiance += iblIrradiance;
	#endif
	RE_IndirectDiffuse( irradiance, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, reflectedLight );
#endif
#if defined( RE_IndirectSpecular )
	RE_IndirectSpecular( radiance, iblIrradiance, clearcoatRadiance, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, reflectedLight );
#endif`,yy=`#if NUM_LIGHT_PROBE_GRIDS > 0
uniform highp sampler3D probesSH[ NUM_LIGHT_PROBE_GRIDS ];
uniform vec3 probesMin[ NUM_LIGHT_PROBE_GRIDS ];
uniform vec3 probesMax[ NUM_LIGHT_PROBE_GRIDS ];
uniform vec3 probesResolution[ NUM_LIGHT_PROBE_GRIDS ];
bool isInsideLightProbeGrid( vec3 worldPos, vec3 worldNormal, vec3 probesMin, vec3 probesMax, vec3 probesResolution ) {
	vec3 spacing = ( probesMax - probesMin ) / probesResolution;
	vec3 samplePos = worldPos + worldNormal * spacing * 0.5;
	vec3 margin = spacing * 0.01;
	return all( greaterThanEqual( samplePos, probesMin - margin ) ) && all( lessThanEqual( samplePos, probesMax + margin ) );
}
vec3 getLightProbeGridIrradiance( highp sampler3D probesSH, vec3 probesMin, vec3 probesMax, vec3 probesResolution, vec3 worldPos, vec3 worldNormal ) {
	vec3 res = probesResolution;
	vec3 gridRange = probesMax - probesMin;
	vec3 probeSpacing = gridRange / res;
	vec3 samplePos = worldPos + worldNormal * probeSpacing * 0.5;
	vec3 uvw = clamp( ( samplePos - probesMin ) / gridRange, 0.5 / res, 1.0 - 0.5 / res );
	float nz          = res.z;
	float paddedSlices = nz + 2.0;
	float atlasDepth  = 7.0 * paddedSlices;
	float uvZBase     = uvw.z * nz + 1.0;
	vec4 s0 = texture( probesSH, vec3( uvw.xy, ( uvZBase                       ) / atlasDepth ) );
	vec4 s1 = texture( probesSH, vec3( uvw.xy, ( uvZBase +       paddedSlices   ) / atlasDepth ) );
	vec4 s2 = texture( probesSH, vec3( uvw.xy, ( uvZBase + 2.0 * paddedSlices   ) / atlasDepth ) );
	vec4 s3 = texture( probesSH, vec3( uvw.xy, ( uvZBase + 3.0 * paddedSlices   ) / atlasDepth ) );
	vec4 s4 = texture( probesSH, vec3( uvw.xy, ( uvZBase + 4.0 * paddedSlices   ) / atlasDepth ) );
	vec4 s5 = texture( probesSH, vec3( uvw.xy, ( uvZBase + 5.0 * paddedSlices   ) / atlasDepth ) );
	vec4 s6 = texture( probesSH, vec3( uvw.xy, ( uvZBase + 6.0 * paddedSlices   ) / atlasDepth ) );
	vec3 c0 = s0.xyz;
	vec3 c1 = vec3( s0.w, s1.xy );
	vec3 c2 = vec3( s1.zw, s2.x );
	vec3 c3 = s2.yzw;
	vec3 c4 = s3.xyz;
	vec3 c5 = vec3( s3.w, s4.xy );
	vec3 c6 = vec3( s4.zw, s5.x );
	vec3 c7 = s5.yzw;
	vec3 c8 = s6.xyz;
	float x = worldNormal.x, y = worldNormal.y, z = worldNormal.z;
	vec3 result = c0 * 0.886227;
	result += c1 * 2.0 * 0.511664 * y;
	result += c2 * 2.0 * 0.511664 * z;
	result += c3 * 2.0 * 0.511664 * x;
	result += c4 * 2.0 * 0.429043 * x * y;
	result += c5 * 2.0 * 0.429043 * y * z;
	result += c6 * ( 0.743125 * z * z - 0.247708 );
	result += c7 * 2.0 * 0.429043 * x * z;
	result += c8 * 0.429043 * ( x * x - y * y );
	return max( result, vec3( 0.0 ) );
}
#endif`,xy=`#if defined( USE_LOGARITHMIC_DEPTH_BUFFER )
	gl_FragDepth = vIsPerspective == 0.0 ? gl_FragCoord.z : log2( vFragDepth ) * logDepthBufFC * 0.5;
#endif`,My=`#if defined( USE_LOGARITHMIC_DEPTH_BUFFER )
	uniform float logDepthBufFC;
	varying float vFragDepth;
	varying float vIsPerspective;
#endif`,by=`#ifdef USE_LOGARITHMIC_DEPTH_BUFFER
	varying float vFragDepth;
	varying float vIsPerspective;
#endif`,Sy=`#ifdef USE_LOGARITHMIC_DEPTH_BUFFER
	vFragDepth = 1.0 + gl_Position.w;
	vIsPerspective = float( isPerspectiveMatrix( projectionMatrix ) );
#endif`,wy=`#ifdef USE_MAP
	vec4 sampledDiffuseColor = texture2D( map, vMapUv );
	#ifdef DECODE_VIDEO_TEXTURE
		sampledDiffuseColor = sRGBTransferEOTF( sampledDiffuseColor );
	#endif
	diffuseColor *= sampledDiffuseColor;
#endif`,Ey=`#ifdef USE_MAP
	uniform sampler2D map;
#endif`,Ty=`#if defined( USE_MAP ) || defined( USE_ALPHAMAP )
	#if defined( USE_POINTS_UV )
		vec2 uv = vUv;
	#else
		vec2 uv = ( uvTransform * vec3( gl_PointCoord.x, 1.0 - gl_PointCoord.y, 1 ) ).xy;
	#endif
#endif
#ifdef USE_MAP
	diffuseColor *= texture2D( map, uv );
#endif
#ifdef USE_ALPHAMAP
	diffuseColor.a *= texture2D( alphaMap, uv ).g;
#endif`,Ay=`#if defined( USE_POINTS_UV )
	varying vec2 vUv;
#else
	#if defined( USE_MAP ) || defined( USE_ALPHAMAP )
		uniform mat3 uvTransform;
	#endif
#endif
#ifdef USE_MAP
	uniform sampler2D map;
#endif
#ifdef USE_ALPHAMAP
	uniform sampler2D alphaMap;
#endif`,Py=`float metalnessFactor = metalness;
#ifdef USE_METALNESSMAP
	vec4 texelMetalness = texture2D( metalnessMap, vMetalnessMapUv );
	metalnessFactor *= texelMetalness.b;
#endif`,Cy=`#ifdef USE_METALNESSMAP
	uniform sampler2D metalnessMap;
#endif`,Ry=`#ifdef USE_INSTANCING_MORPH
	float morphTargetInfluences[ MORPHTARGETS_COUNT ];
	float morphTargetBaseInfluence = texelFetch( morphTexture, ivec2( 0, gl_InstanceID ), 0 ).r;
	for ( int i = 0; i < MORPHTARGETS_COUNT; i ++ ) {
		morphTargetInfluences[i] =  texelFetch( morphTexture, ivec2( i + 1, gl_InstanceID ), 0 ).r;
	}
#endif`,Ly=`#if defined( USE_MORPHCOLORS )
	#if defined( USE_COLOR_ALPHA )
		vColor *= morphTargetBaseInfluence;
	#elif defined( USE_COLOR )
		vColor.rgb *= morphTargetBaseInfluence;
	#endif
	for ( int i = 0; i < MORPHTARGETS_COUNT; i ++ ) {
		#if defined( USE_COLOR_ALPHA )
			if ( morphTargetInfluences[ i ] != 0.0 ) vColor += getMorph( gl_VertexID, i, 2 ) * morphTargetInfluences[ i ];
		#elif defined( USE_COLOR )
			if ( morphTargetInfluences[ i ] != 0.0 ) vColor.rgb += getMorph( gl_VertexID, i, 2 ).rgb * morphTargetInfluences[ i ];
		#endif
	}
#endif`,Iy=`#ifdef USE_MORPHNORMALS
	objectNormal *= morphTargetBaseInfluence;
	for ( int i = 0; i < MORPHTARGETS_COUNT; i ++ ) {
		if ( morphTargetInfluences[ i ] != 0.0 ) objectNormal += getMorph( gl_VertexID, i, 1 ).xyz * morphTargetInfluences[ i ];
	}
#endif`,Dy=`#ifdef USE_MORPHTARGETS
	#ifndef USE_INSTANCING_MORPH
		uniform float morphTargetBaseInfluence;
		uniform float morphTargetInfluences[ MORPHTARGETS_COUNT ];
	#endif
	uniform sampler2DArray morphTargetsTexture;
	uniform ivec2 morphTargetsTextureSize;
	vec4 getMorph( const in int vertexIndex, const in int morphTargetIndex, const in int offset ) {
		int texelIndex = vertexIndex * MORPHTARGETS_TEXTURE_STRIDE + offset;
		int y = texelIndex / morphTargetsTextureSize.x;
		int x = texelIndex - y * morphTargetsTextureSize.x;
		ivec3 morphUV = ivec3( x, y, morphTargetIndex );
		return texelFetch( morphTargetsTexture, morphUV, 0 );
	}
#endif`,Ny=`#ifdef USE_MORPHTARGETS
	transformed *= morphTargetBaseInfluence;
	for ( int i = 0; i < MORPHTARGETS_COUNT; i ++ ) {
		if ( morphTargetInfluences[ i ] != 0.0 ) transformed += getMorph( gl_VertexID, i, 0 ).xyz * morphTargetInfluences[ i ];
	}
#endif`,Oy=`float faceDirection = gl_FrontFacing ? 1.0 : - 1.0;
#ifdef FLAT_SHADED
	vec3 fdx = dFdx( vViewPosition );
	vec3 fdy = dFdy( vViewPosition );
	vec3 normal = normalize( cross( fdx, fdy ) );
#else
	vec3 normal = normalize( vNormal );
	#ifdef DOUBLE_SIDED
		normal *= faceDirection;
	#endif
#endif
#if defined( USE_NORMALMAP_TANGENTSPACE ) || defined( USE_CLEARCOAT_NORMALMAP ) || defined( USE_ANISOTROPY )
	#ifdef USE_TANGENT
		mat3 tbn = mat3( normalize( vTangent ), normalize( vBitangent ), normal );
	#else
		mat3 tbn = getTangentFrame( - vViewPosition, normal,
		#if defined( USE_NORMALMAP )
			vNormalMapUv
		#elif defined( USE_CLEARCOAT_NORMALMAP )
			vClearcoatNormalMapUv
		#else
			vUv
		#endif
		);
	#endif
	#ifdef DOUBLE_SIDED
		tbn[0] *= faceDirection;
		tbn[1] *= faceDirection;
	#endif
#endif
#ifdef USE_CLEARCOAT_NORMALMAP
	#ifdef USE_TANGENT
		mat3 tbn2 = mat3( normalize( vTangent ), normalize( vBitangent ), normal );
	#else
		mat3 tbn2 = getTangentFrame( - vViewPosition, normal, vClearcoatNormalMapUv );
	#endif
	#ifdef DOUBLE_SIDED
		tbn2[0] *= faceDirection;
		tbn2[1] *= faceDirection;
	#endif
#endif
vec3 nonPerturbedNormal = normal;`,Uy=`#ifdef USE_NORMALMAP_OBJECTSPACE
	normal = texture2D( normalMap, vNormalMapUv ).xyz * 2.0 - 1.0;
	#ifdef FLIP_SIDED
		normal = - normal;
	#endif
	#ifdef DOUBLE_SIDED
		normal = normal * faceDirection;
	#endif
	normal = normalize( normalMatrix * normal );
#elif defined( USE_NORMALMAP_TANGENTSPACE )
	vec3 mapN = texture2D( normalMap, vNormalMapUv ).xyz * 2.0 - 1.0;
	#if defined( USE_PACKED_NORMALMAP )
		mapN = vec3( mapN.xy, sqrt( saturate( 1.0 - dot( mapN.xy, mapN.xy ) ) ) );
	#endif
	mapN.xy *= normalScale;
	normal = normalize( tbn * mapN );
#elif defined( USE_BUMPMAP )
	normal = perturbNormalArb( - vViewPosition, normal, dHdxy_fwd(), faceDirection );
#endif`,Fy=`#ifndef FLAT_SHADED
	varying vec3 vNormal;
	#ifdef USE_TANGENT
		varying vec3 vTangent;
		varying vec3 vBitangent;
	#endif
#endif`,By=`#ifndef FLAT_SHADED
	varying vec3 vNormal;
	#ifdef USE_TANGENT
		varying vec3 vTangent;
		varying vec3 vBitangent;
	#endif
#endif`,zy=`#ifndef FLAT_SHADED
	vNormal = normalize( transformedNormal );
	#ifdef USE_TANGENT
		vTangent = normalize( transformedTangent );
		vBitangent = normalize( cross( vNormal, vTangent ) * tangent.w );
		#ifdef FLIP_SIDED
			vBitangent = - vBitangent;
		#endif
	#endif
#endif`,ky=`#ifdef USE_NORMALMAP
	uniform sampler2D normalMap;
	uniform vec2 normalScale;
#endif
#ifdef USE_NORMALMAP_OBJECTSPACE
	uniform mat3 normalMatrix;
#endif
#if ! defined ( USE_TANGENT ) && ( defined ( USE_NORMALMAP_TANGENTSPACE ) || defined ( USE_CLEARCOAT_NORMALMAP ) || defined( USE_ANISOTROPY ) )
	mat3 getTangentFrame( vec3 eye_pos, vec3 surf_norm, vec2 uv ) {
		vec3 q0 = dFdx( eye_pos.xyz );
		vec3 q1 = dFdy( eye_pos.xyz );
		vec2 st0 = dFdx( uv.st );
		vec2 st1 = dFdy( uv.st );
		vec3 N = surf_norm;
		vec3 q1perp = cross( q1, N );
		vec3 q0perp = cross( N, q0 );
		vec3 T = q1perp * st0.x + q0perp * st1.x;
		vec3 B = q1perp * st0.y + q0perp * st1.y;
		float det = max( dot( T, T ), dot( B, B ) );
		float scale = ( det == 0.0 ) ? 0.0 : inversesqrt( det );
		return mat3( T * scale, B * scale, N );
	}
#endif`,Hy=`#ifdef USE_CLEARCOAT
	vec3 clearcoatNormal = nonPerturbedNormal;
#endif`,Vy=`#ifdef USE_CLEARCOAT_NORMALMAP
	vec3 clearcoatMapN = texture2D( clearcoatNormalMap, vClearcoatNormalMapUv ).xyz * 2.0 - 1.0;
	clearcoatMapN.xy *= clearcoatNormalScale;
	clearcoatNormal = normalize( tbn2 * clearcoatMapN );
#endif`,Gy=`#ifdef USE_CLEARCOATMAP
	uniform sampler2D clearcoatMap;
#endif
#ifdef USE_CLEARCOAT_NORMALMAP
	uniform sampler2D clearcoatNormalMap;
	uniform vec2 clearcoatNormalScale;
#endif
#ifdef USE_CLEARCOAT_ROUGHNESSMAP
	uniform sampler2D clearcoatRoughnessMap;
#endif`,Wy=`#ifdef USE_IRIDESCENCEMAP
	uniform sampler2D iridescenceMap;
#endif
#ifdef USE_IRIDESCENCE_THICKNESSMAP
	uniform sampler2D iridescenceThicknessMap;
#endif`,Xy=`#ifdef OPAQUE
diffuseColor.a = 1.0;
#endif
#ifdef USE_TRANSMISSION
diffuseColor.a *= material.transmissionAlpha;
#endif
gl_FragColor = vec4( outgoingLight, diffuseColor.a );`,Zy=`vec3 packNormalToRGB( const in vec3 normal ) {
	return normalize( normal ) * 0.5 + 0.5;
}
vec3 unpackRGBToNormal( const in vec3 rgb ) {
	return 2.0 * rgb.xyz - 1.0;
}
const float PackUpscale = 256. / 255.;const float UnpackDownscale = 255. / 256.;const float ShiftRight8 = 1. / 256.;
const float Inv255 = 1. / 255.;
const vec4 PackFactors = vec4( 1.0, 256.0, 256.0 * 256.0, 256.0 * 256.0 * 256.0 );
const vec2 UnpackFactors2 = vec2( UnpackDownscale, 1.0 / PackFactors.g );
const vec3 UnpackFactors3 = vec3( UnpackDownscale / PackFactors.rg, 1.0 / PackFactors.b );
const vec4 UnpackFactors4 = vec4( UnpackDownscale / PackFactors.rgb, 1.0 / PackFactors.a );
vec4 packDepthToRGBA( const in float v ) {
	if( v <= 0.0 )
		return vec4( 0., 0., 0., 0. );
	if( v >= 1.0 )
		return vec4( 1., 1., 1., 1. );
	float vuf;
	float af = modf( v * PackFactors.a, vuf );
	float bf = modf( vuf * ShiftRight8, vuf );
	float gf = modf( vuf * ShiftRight8, vuf );
	return vec4( vuf * Inv255, gf * PackUpscale, bf * PackUpscale, af );
}
vec3 packDepthToRGB( const in float v ) {
	if( v <= 0.0 )
		return vec3( 0., 0., 0. );
	if( v >= 1.0 )
		return vec3( 1., 1., 1. );
	float vuf;
	float bf = modf( v * PackFactors.b, vuf );
	float gf = modf( vuf * ShiftRight8, vuf );
	return vec3( vuf * Inv255, gf * PackUpscale, bf );
}
vec2 packDepthToRG( const in float v ) {
	if( v <= 0.0 )
		return vec2( 0., 0. );
	if( v >= 1.0 )
		return vec2( 1., 1. );
	float vuf;
	float gf = modf( v * 256., vuf );
	return vec2( vuf * Inv255, gf );
}
float unpackRGBAToDepth( const in vec4 v ) {
	return dot( v, UnpackFactors4 );
}
float unpackRGBToDepth( const in vec3 v ) {
	return dot( v, UnpackFactors3 );
}
float unpackRGToDepth( const in vec2 v ) {
	return v.r * UnpackFactors2.r + v.g * UnpackFactors2.g;
}
vec4 pack2HalfToRGBA( const in vec2 v ) {
	vec4 r = vec4( v.x, fract( v.x * 255.0 ), v.y, fract( v.y * 255.0 ) );
	return vec4( r.x - r.y / 255.0, r.y, r.z - r.w / 255.0, r.w );
}
vec2 unpackRGBATo2Half( const in vec4 v ) {
	return vec2( v.x + ( v.y / 255.0 ), v.z + ( v.w / 255.0 ) );
}
float viewZToOrthographicDepth( const in float viewZ, const in float near, const in float far ) {
	return ( viewZ + near ) / ( near - far );
}
float orthographicDepthToViewZ( const in float depth, const in float near, const in float far ) {
	#ifdef USE_REVERSED_DEPTH_BUFFER
	
		return depth * ( far - near ) - far;
	#else
		return depth * ( near - far ) - near;
	#endif
}
float viewZToPerspectiveDepth( const in float viewZ, const in float near, const in float far ) {
	return ( ( near + viewZ ) * far ) / ( ( far - near ) * viewZ );
}
float perspectiveDepthToViewZ( const in float depth, const in float near, const in float far ) {
	
	#ifdef USE_REVERSED_DEPTH_BUFFER
		return ( near * far ) / ( ( near - far ) * depth - near );
	#else
		return ( near * far ) / ( ( far - near ) * depth - far );
	#endif
}`,qy=`#ifdef PREMULTIPLIED_ALPHA
	gl_FragColor.rgb *= gl_FragColor.a;
#endif`,Yy=`vec4 mvPosition = vec4( transformed, 1.0 );
#ifdef USE_BATCHING
	mvPosition = batchingMatrix * mvPosition;
#endif
#ifdef USE_INSTANCING
	mvPosition = instanceMatrix * mvPosition;
#endif
mvPosition = modelViewMatrix * mvPosition;
gl_Position = projectionMatrix * mvPosition;`,$y=`#ifdef DITHERING
	gl_FragColor.rgb = dithering( gl_FragColor.rgb );
#endif`,jy=`#ifdef DITHERING
	vec3 dithering( vec3 color ) {
		float grid_position = rand( gl_FragCoord.xy );
		vec3 dither_shift_RGB = vec3( 0.25 / 255.0, -0.25 / 255.0, 0.25 / 255.0 );
		dither_shift_RGB = mix( 2.0 * dither_shift_RGB, -2.0 * dither_shift_RGB, grid_position );
		return color + dither_shift_RGB;
	}
#endif`,Ky=`float roughnessFactor = roughness;
#ifdef USE_ROUGHNESSMAP
	vec4 texelRoughness = texture2D( roughnessMap, vRoughnessMapUv );
	roughnessFactor *= texelRoughness.g;
#endif`,Jy=`#ifdef USE_ROUGHNESSMAP
	uniform sampler2D roughnessMap;
#endif`,Qy=`#if NUM_SPOT_LIGHT_COORDS > 0
	varying vec4 vSpotLightCoord[ NUM_SPOT_LIGHT_COORDS ];
#endif
#if NUM_SPOT_LIGHT_MAPS > 0
	uniform sampler2D spotLightMap[ NUM_SPOT_LIGHT_MAPS ];
#endif
#ifdef USE_SHADOWMAP
	#if NUM_SUN_LIGHT_SHADOWS > 0
		#define SUN_LIGHT_CASCADES 2
		#if defined( SHADOWMAP_TYPE_PCF )
			uniform sampler2DShadow sunShadowMap[ NUM_SUN_LIGHT_SHADOWS ];
		#else
			uniform sampler2D sunShadowMap[ NUM_SUN_LIGHT_SHADOWS ];
		#endif
		uniform mat4 sunShadowMatrix[ NUM_SUN_LIGHT_SHADOWS * SUN_LIGHT_CASCADES ];
		uniform vec4 sunShadowCascade[ NUM_SUN_LIGHT_SHADOWS * SUN_LIGHT_CASCADES ];
		varying vec4 vSunShadowWorldPosition;
		varying vec3 vSunShadowWorldNormal;
		struct SunLightShadow {
			float shadowIntensity;
			float shadowBias;
			float shadowNormalBias;
			float shadowRadius;
			vec2 shadowMapSize;
		};
		uniform SunLightShadow sunLightShadows[ NUM_SUN_LIGHT_SHADOWS ];
	#endif
	#if NUM_DIR_LIGHT_SHADOWS > 0
		#if defined( SHADOWMAP_TYPE_PCF )
			uniform sampler2DShadow directionalShadowMap[ NUM_DIR_LIGHT_SHADOWS ];
		#else
			uniform sampler2D directionalShadowMap[ NUM_DIR_LIGHT_SHADOWS ];
		#endif
		varying vec4 vDirectionalShadowCoord[ NUM_DIR_LIGHT_SHADOWS ];
		struct DirectionalLightShadow {
			float shadowIntensity;
			float shadowBias;
			float shadowNormalBias;
			float shadowRadius;
			vec2 shadowMapSize;
		};
		uniform DirectionalLightShadow directionalLightShadows[ NUM_DIR_LIGHT_SHADOWS ];
	#endif
	#if NUM_SPOT_LIGHT_SHADOWS > 0
		#if defined( SHADOWMAP_TYPE_PCF )
			uniform sampler2DShadow spotShadowMap[ NUM_SPOT_LIGHT_SHADOWS ];
		#else
			uniform sampler2D spotShadowMap[ NUM_SPOT_LIGHT_SHADOWS ];
		#endif
		struct SpotLightShadow {
			float shadowIntensity;
			float shadowBias;
			float shadowNormalBias;
			float shadowRadius;
			vec2 shadowMapSize;
		};
		uniform SpotLightShadow spotLightShadows[ NUM_SPOT_LIGHT_SHADOWS ];
	#endif
	#if NUM_POINT_LIGHT_SHADOWS > 0
		#if defined( SHADOWMAP_TYPE_PCF )
			uniform samplerCubeShadow pointShadowMap[ NUM_POINT_LIGHT_SHADOWS ];
		#elif defined( SHADOWMAP_TYPE_BASIC )
			uniform samplerCube pointShadowMap[ NUM_POINT_LIGHT_SHADOWS ];
		#endif
		varying vec4 vPointShadowCoord[ NUM_POINT_LIGHT_SHADOWS ];
		struct PointLightShadow {
			float shadowIntensity;
			float shadowBias;
			float shadowNormalBias;
			float shadowRadius;
			vec2 shadowMapSize;
			float shadowCameraNear;
			float shadowCameraFar;
		};
		uniform PointLightShadow pointLightShadows[ NUM_POINT_LIGHT_SHADOWS ];
	#endif
	#if defined( SHADOWMAP_TYPE_PCF )
		float interleavedGradientNoise( vec2 position ) {
			return fract( 52.9829189 * fract( dot( position, vec2( 0.06711056, 0.00583715 ) ) ) );
		}
		vec2 vogelDiskSample( int sampleIndex, int samplesCount, float phi ) {
			const float goldenAngle = 2.399963229728653;
			float r = sqrt( ( float( sampleIndex ) + 0.5 ) / float( samplesCount ) );
			float theta = float( sampleIndex ) * goldenAngle + phi;
			return vec2( cos( theta ), sin( theta ) ) * r;
		}
	#endif
	#if defined( SHADOWMAP_TYPE_PCF )
		float getShadow( sampler2DShadow shadowMap, vec2 shadowMapSize, float shadowIntensity, float shadowBias, float shadowRadius, vec4 shadowCoord ) {
			float shadow = 1.0;
			shadowCoord.xyz /= shadowCoord.w;
			#ifdef USE_REVERSED_DEPTH_BUFFER
				shadowCoord.z -= shadowBias;
			#else
				shadowCoord.z += shadowBias;
			#endif
			bool inFrustum = shadowCoord.x >= 0.0 && shadowCoord.x <= 1.0 && shadowCoord.y >= 0.0 && shadowCoord.y <= 1.0;
			bool frustumTest = inFrustum && shadowCoord.z <= 1.0;
			if ( frustumTest ) {
				vec2 texelSize = vec2( 1.0 ) / shadowMapSize;
				vec2 radius = shadowRadius * texelSize;
				float phi = interleavedGradientNoise( gl_FragCoord.xy ) * PI2;
				shadow = (
					texture( shadowMap, vec3( shadowCoord.xy + vogelDiskSample( 0, 5, phi ) * radius, shadowCoord.z ) ) +
					texture( shadowMap, vec3( shadowCoord.xy + vogelDiskSample( 1, 5, phi ) * radius, shadowCoord.z ) ) +
					texture( shadowMap, vec3( shadowCoord.xy + vogelDiskSample( 2, 5, phi ) * radius, shadowCoord.z ) ) +
					texture( shadowMap, vec3( shadowCoord.xy + vogelDiskSample( 3, 5, phi ) * radius, shadowCoord.z ) ) +
					texture( shadowMap, vec3( shadowCoord.xy + vogelDiskSample( 4, 5, phi ) * radius, shadowCoord.z ) )
				) * 0.2;
			}
			return mix( 1.0, shadow, shadowIntensity );
		}
	#elif defined( SHADOWMAP_TYPE_VSM )
		float getShadow( sampler2D shadowMap, vec2 shadowMapSize, float shadowIntensity, float shadowBias, float shadowRadius, vec4 shadowCoord ) {
			float shadow = 1.0;
			shadowCoord.xyz /= shadowCoord.w;
			#ifdef USE_REVERSED_DEPTH_BUFFER
				shadowCoord.z -= shadowBias;
			#else
				shadowCoord.z += shadowBias;
			#endif
			bool inFrustum = shadowCoord.x >= 0.0 && shadowCoord.x <= 1.0 && shadowCoord.y >= 0.0 && shadowCoord.y <= 1.0;
			bool frustumTest = inFrustum && shadowCoord.z <= 1.0;
			if ( frustumTest ) {
				vec2 distribution = texture2D( shadowMap, shadowCoord.xy ).rg;
				float mean = distribution.x;
				float variance = distribution.y * distribution.y;
				#ifdef USE_REVERSED_DEPTH_BUFFER
					float hard_shadow = step( mean, shadowCoord.z );
				#else
					float hard_shadow = step( shadowCoord.z, mean );
				#endif
				
				if ( hard_shadow == 1.0 ) {
					shadow = 1.0;
				} else {
					variance = max( variance, 0.0000001 );
					float d = shadowCoord.z - mean;
					float p_max = variance / ( variance + d * d );
					p_max = clamp( ( p_max - 0.3 ) / 0.65, 0.0, 1.0 );
					shadow = max( hard_shadow, p_max );
				}
			}
			return mix( 1.0, shadow, shadowIntensity );
		}
	#else
		float getShadow( sampler2D shadowMap, vec2 shadowMapSize, float shadowIntensity, float shadowBias, float shadowRadius, vec4 shadowCoord ) {
			float shadow = 1.0;
			shadowCoord.xyz /= shadowCoord.w;
			#ifdef USE_REVERSED_DEPTH_BUFFER
				shadowCoord.z -= shadowBias;
			#else
				shadowCoord.z += shadowBias;
			#endif
			bool inFrustum = shadowCoord.x >= 0.0 && shadowCoord.x <= 1.0 && shadowCoord.y >= 0.0 && shadowCoord.y <= 1.0;
			bool frustumTest = inFrustum && shadowCoord.z <= 1.0;
			if ( frustumTest ) {
				float depth = texture2D( shadowMap, shadowCoord.xy ).r;
				#ifdef USE_REVERSED_DEPTH_BUFFER
					shadow = step( depth, shadowCoord.z );
				#else
					shadow = step( shadowCoord.z, depth );
				#endif
			}
			return mix( 1.0, shadow, shadowIntensity );
		}
	#endif
	#if NUM_SUN_LIGHT_SHADOWS > 0
		float getSunShadow(
			#if defined( SHADOWMAP_TYPE_PCF )
				sampler2DShadow shadowMap,
			#else
				sampler2D shadowMap,
			#endif
			SunLightShadow sunLightShadow,
			int shadowIndex
		) {
			vec4 shadowWorldPosition = vec4( vSunShadowWorldPosition.xyz + vSunShadowWorldNormal * sunLightShadow.shadowNormalBias, 1.0 );
			float viewDepth = vSunShadowWorldPosition.w;
			int cascadeOffset = shadowIndex * SUN_LIGHT_CASCADES;
			float shadow = 1.0;
			for ( int i = SUN_LIGHT_CASCADES - 1; i >= 0; i -- ) {
				vec4 cascade = sunShadowCascade[ cascadeOffset + i ];
				if ( viewDepth >= cascade.x && viewDepth < cascade.y ) {
					float cascadeShadow = getShadow(
						shadowMap,
						sunLightShadow.shadowMapSize,
						sunLightShadow.shadowIntensity,
						sunLightShadow.shadowBias,
						sunLightShadow.shadowRadius,
						sunShadowMatrix[ cascadeOffset + i ] * shadowWorldPosition
					);
					shadow = mix( cascadeShadow, shadow, smoothstep( cascade.z, cascade.y, viewDepth ) );
				}
			}
			return shadow;
		}
	#endif
	#if NUM_POINT_LIGHT_SHADOWS > 0
	#if defined( SHADOWMAP_TYPE_PCF )
	float getPointShadow( samplerCubeShadow shadowMap, vec2 shadowMapSize, float shadowIntensity, float shadowBias, float shadowRadius, vec4 shadowCoord, float shadowCameraNear, float shadowCameraFar ) {
		float shadow = 1.0;
		vec3 lightToPosition = shadowCoord.xyz;
		vec3 bd3D = normalize( lightToPosition );
		vec3 absVec = abs( lightToPosition );
		float viewSpaceZ = max( max( absVec.x, absVec.y ), absVec.z );
		if ( viewSpaceZ - shadowCameraFar <= 0.0 && viewSpaceZ - shadowCameraNear >= 0.0 ) {
			float lightDistance = length( lightToPosition );
			float depthRange = shadowCameraFar - shadowCameraNear;
			#ifdef USE_REVERSED_DEPTH_BUFFER
				float depthA = - shadowCameraNear / depthRange - shadowBias;
				float depthB = shadowCameraNear * shadowCameraFar / ( depthRange * lightDistance );
			#else
				float depthA = shadowCameraFar / depthRange + shadowBias;
				float depthB = - shadowCameraNear * shadowCameraFar / ( depthRange * lightDistance );
			#endif
			float texelSize = shadowRadius / shadowMapSize.x;
			vec3 absDir = abs( bd3D );
			vec3 tangent = absDir.x > absDir.z ? vec3( 0.0, 1.0, 0.0 ) : vec3( 1.0, 0.0, 0.0 );
			tangent = normalize( cross( bd3D, tangent ) );
			vec3 bitangent = cross( bd3D, tangent );
			float phi = interleavedGradientNoise( gl_FragCoord.xy ) * PI2;
			shadow = 0.0;
			for ( int i = 0; i < 5; i ++ ) {
				vec2 offset = vogelDiskSample( i, 5, phi );
				vec3 direction = bd3D + ( tangent * offset.x + bitangent * offset.y ) * texelSize;
				vec3 absDirection = abs( direction );
				float dp = depthA + depthB / max( max( absDirection.x, absDirection.y ), absDirection.z );
				shadow += texture( shadowMap, vec4( direction, dp ) );
			}
			shadow *= 0.2;
		}
		return mix( 1.0, shadow, shadowIntensity );
	}
	#elif defined( SHADOWMAP_TYPE_BASIC )
	float getPointShadow( samplerCube shadowMap, vec2 shadowMapSize, float shadowIntensity, float shadowBias, float shadowRadius, vec4 shadowCoord, float shadowCameraNear, float shadowCameraFar ) {
		float shadow = 1.0;
		vec3 lightToPosition = shadowCoord.xyz;
		vec3 absVec = abs( lightToPosition );
		float viewSpaceZ = max( max( absVec.x, absVec.y ), absVec.z );
		if ( viewSpaceZ - shadowCameraFar <= 0.0 && viewSpaceZ - shadowCameraNear >= 0.0 ) {
			float dp = ( shadowCameraFar * ( viewSpaceZ - shadowCameraNear ) ) / ( viewSpaceZ * ( shadowCameraFar - shadowCameraNear ) );
			dp += shadowBias;
			vec3 bd3D = normalize( lightToPosition );
			float depth = textureCube( shadowMap, bd3D ).r;
			#ifdef USE_REVERSED_DEPTH_BUFFER
				depth = 1.0 - depth;
			#endif
			shadow = step( dp, depth );
		}
		return mix( 1.0, shadow, shadowIntensity );
	}
	#endif
	#endif
#endif`,tx=`#if NUM_SPOT_LIGHT_COORDS > 0
	uniform mat4 spotLightMatrix[ NUM_SPOT_LIGHT_COORDS ];
	varying vec4 vSpotLightCoord[ NUM_SPOT_LIGHT_COORDS ];
#endif
#ifdef USE_SHADOWMAP
	#if NUM_SUN_LIGHT_SHADOWS > 0
		varying vec4 vSunShadowWorldPosition;
		varying vec3 vSunShadowWorldNormal;
	#endif
	#if NUM_DIR_LIGHT_SHADOWS > 0
		uniform mat4 directionalShadowMatrix[ NUM_DIR_LIGHT_SHADOWS ];
		varying vec4 vDirectionalShadowCoord[ NUM_DIR_LIGHT_SHADOWS ];
		struct DirectionalLightShadow {
			float shadowIntensity;
			float shadowBias;
			float shadowNormalBias;
			float shadowRadius;
			vec2 shadowMapSize;
		};
		uniform DirectionalLightShadow directionalLightShadows[ NUM_DIR_LIGHT_SHADOWS ];
	#endif
	#if NUM_SPOT_LIGHT_SHADOWS > 0
		struct SpotLightShadow {
			float shadowIntensity;
			float shadowBias;
			float shadowNormalBias;
			float shadowRadius;
			vec2 shadowMapSize;
		};
		uniform SpotLightShadow spotLightShadows[ NUM_SPOT_LIGHT_SHADOWS ];
	#endif
	#if NUM_POINT_LIGHT_SHADOWS > 0
		uniform mat4 pointShadowMatrix[ NUM_POINT_LIGHT_SHADOWS ];
		varying vec4 vPointShadowCoord[ NUM_POINT_LIGHT_SHADOWS ];
		struct PointLightShadow {
			float shadowIntensity;
			float shadowBias;
			float shadowNormalBias;
			float shadowRadius;
			vec2 shadowMapSize;
			float shadowCameraNear;
			float shadowCameraFar;
		};
		uniform PointLightShadow pointLightShadows[ NUM_POINT_LIGHT_SHADOWS ];
	#endif
#endif`,ex=`#if ( defined( USE_SHADOWMAP ) && ( NUM_DIR_LIGHT_SHADOWS > 0 || NUM_SUN_LIGHT_SHADOWS > 0 || NUM_POINT_LIGHT_SHADOWS > 0 ) ) || ( NUM_SPOT_LIGHT_COORDS > 0 )
	#ifdef HAS_NORMAL
		vec3 shadowWorldNormal = transformNormalByInverseViewMatrix( transformedNormal, viewMatrix );
	#else
		vec3 shadowWorldNormal = vec3( 0.0 );
	#endif
	vec4 shadowWorldPosition;
#endif
#if defined( USE_SHADOWMAP )
	#if NUM_SUN_LIGHT_SHADOWS > 0
		vSunShadowWorldPosition = vec4( worldPosition.xyz, - mvPosition.z );
		vSunShadowWorldNormal = shadowWorldNormal;
	#endif
	#if NUM_DIR_LIGHT_SHADOWS > 0
		#pragma unroll_loop_start
		for ( int i = 0; i < NUM_DIR_LIGHT_SHADOWS; i ++ ) {
			shadowWorldPosition = worldPosition + vec4( shadowWorldNormal * directionalLightShadows[ i ].shadowNormalBias, 0 );
			vDirectionalShadowCoord[ i ] = directionalShadowMatrix[ i ] * shadowWorldPosition;
		}
		#pragma unroll_loop_end
	#endif
	#if NUM_POINT_LIGHT_SHADOWS > 0
		#pragma unroll_loop_start
		for ( int i = 0; i < NUM_POINT_LIGHT_SHADOWS; i ++ ) {
			shadowWorldPosition = worldPosition + vec4( shadowWorldNormal * pointLightShadows[ i ].shadowNormalBias, 0 );
			vPointShadowCoord[ i ] = pointShadowMatrix[ i ] * shadowWorldPosition;
		}
		#pragma unroll_loop_end
	#endif
#endif
#if NUM_SPOT_LIGHT_COORDS > 0
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_SPOT_LIGHT_COORDS; i ++ ) {
		shadowWorldPosition = worldPosition;
		#if ( defined( USE_SHADOWMAP ) && UNROLLED_LOOP_INDEX < NUM_SPOT_LIGHT_SHADOWS )
			shadowWorldPosition.xyz += shadowWorldNormal * spotLightShadows[ i ].shadowNormalBias;
		#endif
		vSpotLightCoord[ i ] = spotLightMatrix[ i ] * shadowWorldPosition;
	}
	#pragma unroll_loop_end
#endif`,ix=`float getShadowMask() {
	float shadow = 1.0;
	#ifdef USE_SHADOWMAP
	#if NUM_SUN_LIGHT_SHADOWS > 0
	SunLightShadow sunLight;
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_SUN_LIGHT_SHADOWS; i ++ ) {
		sunLight = sunLightShadows[ i ];
		shadow *= receiveShadow ? getSunShadow( sunShadowMap[ i ], sunLight, UNROLLED_LOOP_INDEX ) : 1.0;
	}
	#pragma unroll_loop_end
	#endif
	#if NUM_DIR_LIGHT_SHADOWS > 0
	DirectionalLightShadow directionalLight;
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_DIR_LIGHT_SHADOWS; i ++ ) {
		directionalLight = directionalLightShadows[ i ];
		shadow *= receiveShadow ? getShadow( directionalShadowMap[ i ], directionalLight.shadowMapSize, directionalLight.shadowIntensity, directionalLight.shadowBias, directionalLight.shadowRadius, vDirectionalShadowCoord[ i ] ) : 1.0;
	}
	#pragma unroll_loop_end
	#endif
	#if NUM_SPOT_LIGHT_SHADOWS > 0
	SpotLightShadow spotLight;
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_SPOT_LIGHT_SHADOWS; i ++ ) {
		spotLight = spotLightShadows[ i ];
		shadow *= receiveShadow ? getShadow( spotShadowMap[ i ], spotLight.shadowMapSize, spotLight.shadowIntensity, spotLight.shadowBias, spotLight.shadowRadius, vSpotLightCoord[ i ] ) : 1.0;
	}
	#pragma unroll_loop_end
	#endif
	#if NUM_POINT_LIGHT_SHADOWS > 0 && ( defined( SHADOWMAP_TYPE_PCF ) || defined( SHADOWMAP_TYPE_BASIC ) )
	PointLightShadow pointLight;
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_POINT_LIGHT_SHADOWS; i ++ ) {
		pointLight = pointLightShadows[ i ];
		shadow *= receiveShadow ? getPointShadow( pointShadowMap[ i ], pointLight.shadowMapSize, pointLight.shadowIntensity, pointLight.shadowBias, pointLight.shadowRadius, vPointShadowCoord[ i ], pointLight.shadowCameraNear, pointLight.shadowCameraFar ) : 1.0;
	}
	#pragma unroll_loop_end
	#endif
	#endif
	return shadow;
}`,nx=`#ifdef USE_SKINNING
	mat4 boneMatX = getBoneMatrix( skinIndex.x );
	mat4 boneMatY = getBoneMatrix( skinIndex.y );
	mat4 boneMatZ = getBoneMatrix( skinIndex.z );
	mat4 boneMatW = getBoneMatrix( skinIndex.w );
#endif`,sx=`#ifdef USE_SKINNING
	uniform mat4 bindMatrix;
	uniform mat4 bindMatrixInverse;
	uniform highp sampler2D boneTexture;
	mat4 getBoneMatrix( const in float i ) {
		int size = textureSize( boneTexture, 0 ).x;
		int j = int( i ) * 4;
		int x = j % size;
		int y = j / size;
		vec4 v1 = texelFetch( boneTexture, ivec2( x, y ), 0 );
		vec4 v2 = texelFetch( boneTexture, ivec2( x + 1, y ), 0 );
		vec4 v3 = texelFetch( boneTexture, ivec2( x + 2, y ), 0 );
		vec4 v4 = texelFetch( boneTexture, ivec2( x + 3, y ), 0 );
		return mat4( v1, v2, v3, v4 );
	}
#endif`,rx=`#ifdef USE_SKINNING
	vec4 skinVertex = bindMatrix * vec4( transformed, 1.0 );
	vec4 skinned = vec4( 0.0 );
	skinned += boneMatX * skinVertex * skinWeight.x;
	skinned += boneMatY * skinVertex * skinWeight.y;
	skinned += boneMatZ * skinVertex * skinWeight.z;
	skinned += boneMatW * skinVertex * skinWeight.w;
	transformed = ( bindMatrixInverse * skinned ).xyz;
#endif`,ox=`#ifdef USE_SKINNING
	mat4 skinMatrix = mat4( 0.0 );
	skinMatrix += skinWeight.x * boneMatX;
	skinMatrix += skinWeight.y * boneMatY;
	skinMatrix += skinWeight.z * boneMatZ;
	skinMatrix += skinWeight.w * boneMatW;
	skinMatrix = bindMatrixInverse * skinMatrix * bindMatrix;
	objectNormal = vec4( skinMatrix * vec4( objectNormal, 0.0 ) ).xyz;
	#ifdef USE_TANGENT
		objectTangent = vec4( skinMatrix * vec4( objectTangent, 0.0 ) ).xyz;
	#endif
#endif`,ax=`float specularStrength;
#ifdef USE_SPECULARMAP
	vec4 texelSpecular = texture2D( specularMap, vSpecularMapUv );
	specularStrength = texelSpecular.r;
#else
	specularStrength = 1.0;
#endif`,lx=`#ifdef USE_SPECULARMAP
	uniform sampler2D specularMap;
#endif`,cx=`#if defined( TONE_MAPPING )
	gl_FragColor.rgb = toneMapping( gl_FragColor.rgb );
#endif`,hx=`#ifndef saturate
#define saturate( a ) clamp( a, 0.0, 1.0 )
#endif
uniform float toneMappingExposure;
vec3 LinearToneMapping( vec3 color ) {
	return saturate( toneMappingExposure * color );
}
vec3 ReinhardToneMapping( vec3 color ) {
	color *= toneMappingExposure;
	return saturate( color / ( vec3( 1.0 ) + color ) );
}
vec3 CineonToneMapping( vec3 color ) {
	color *= toneMappingExposure;
	color = max( vec3( 0.0 ), color - 0.004 );
	return pow( ( color * ( 6.2 * color + 0.5 ) ) / ( color * ( 6.2 * color + 1.7 ) + 0.06 ), vec3( 2.2 ) );
}
vec3 RRTAndODTFit( vec3 v ) {
	vec3 a = v * ( v + 0.0245786 ) - 0.000090537;
	vec3 b = v * ( 0.983729 * v + 0.4329510 ) + 0.238081;
	return a / b;
}
vec3 ACESFilmicToneMapping( vec3 color ) {
	const mat3 ACESInputMat = mat3(
		vec3( 0.59719, 0.07600, 0.02840 ),		vec3( 0.35458, 0.90834, 0.13383 ),
		vec3( 0.04823, 0.01566, 0.83777 )
	);
	const mat3 ACESOutputMat = mat3(
		vec3(  1.60475, -0.10208, -0.00327 ),		vec3( -0.53108,  1.10813, -0.07276 ),
		vec3( -0.07367, -0.00605,  1.07602 )
	);
	color *= toneMappingExposure / 0.6;
	color = ACESInputMat * color;
	color = RRTAndODTFit( color );
	color = ACESOutputMat * color;
	return saturate( color );
}
const mat3 LINEAR_REC2020_TO_LINEAR_SRGB = mat3(
	vec3( 1.6605, - 0.1246, - 0.0182 ),
	vec3( - 0.5876, 1.1329, - 0.1006 ),
	vec3( - 0.0728, - 0.0083, 1.1187 )
);
const mat3 LINEAR_SRGB_TO_LINEAR_REC2020 = mat3(
	vec3( 0.6274, 0.0691, 0.0164 ),
	vec3( 0.3293, 0.9195, 0.0880 ),
	vec3( 0.0433, 0.0113, 0.8956 )
);
vec3 agxDefaultContrastApprox( vec3 x ) {
	vec3 x2 = x * x;
	vec3 x4 = x2 * x2;
	return + 15.5 * x4 * x2
		- 40.14 * x4 * x
		+ 31.96 * x4
		- 6.868 * x2 * x
		+ 0.4298 * x2
		+ 0.1191 * x
		- 0.00232;
}
vec3 AgXToneMapping( vec3 color ) {
	const mat3 AgXInsetMatrix = mat3(
		vec3( 0.856627153315983, 0.137318972929847, 0.11189821299995 ),
		vec3( 0.0951212405381588, 0.761241990602591, 0.0767994186031903 ),
		vec3( 0.0482516061458583, 0.101439036467562, 0.811302368396859 )
	);
	const mat3 AgXOutsetMatrix = mat3(
		vec3( 1.1271005818144368, - 0.1413297634984383, - 0.14132976349843826 ),
		vec3( - 0.11060664309660323, 1.157823702216272, - 0.11060664309660294 ),
		vec3( - 0.016493938717834573, - 0.016493938717834257, 1.2519364065950405 )
	);
	const float AgxMinEv = - 12.47393;	const float AgxMaxEv = 4.026069;
	color *= toneMappingExposure;
	color = LINEAR_SRGB_TO_LINEAR_REC2020 * color;
	color = AgXInsetMatrix * color;
	color = max( color, 1e-10 );	color = log2( color );
	color = ( color - AgxMinEv ) / ( AgxMaxEv - AgxMinEv );
	color = clamp( color, 0.0, 1.0 );
	color = agxDefaultContrastApprox( color );
	color = AgXOutsetMatrix * color;
	color = pow( max( vec3( 0.0 ), color ), vec3( 2.2 ) );
	color = LINEAR_REC2020_TO_LINEAR_SRGB * color;
	color = clamp( color, 0.0, 1.0 );
	return color;
}
vec3 NeutralToneMapping( vec3 color ) {
	const float StartCompression = 0.8 - 0.04;
	const float Desaturation = 0.15;
	color *= toneMappingExposure;
	float x = min( color.r, min( color.g, color.b ) );
	float offset = x < 0.08 ? x - 6.25 * x * x : 0.04;
	color -= offset;
	float peak = max( color.r, max( color.g, color.b ) );
	if ( peak < StartCompression ) return color;
	float d = 1. - StartCompression;
	float newPeak = 1. - d * d / ( peak + d - StartCompression );
	color *= newPeak / peak;
	float g = 1. - 1. / ( Desaturation * ( peak - newPeak ) + 1. );
	return mix( color, vec3( newPeak ), g );
}
vec3 CustomToneMapping( vec3 color ) { return color; }`,ux=`#ifdef USE_TRANSMISSION
	material.transmission = transmission;
	material.transmissionAlpha = 1.0;
	material.thickness = thickness;
	material.attenuationDistance = attenuationDistance;
	material.attenuationColor = attenuationColor;
	#ifdef USE_TRANSMISSIONMAP
		material.transmission *= texture2D( transmissionMap, vTransmissionMapUv ).r;
	#endif
	#ifdef USE_THICKNESSMAP
		material.thickness *= texture2D( thicknessMap, vThicknessMapUv ).g;
	#endif
	vec3 pos = vWorldPosition;
	vec3 v = normalize( cameraPosition - pos );
	vec3 n = transformNormalByInverseViewMatrix( normal, viewMatrix );
	vec4 transmitted = getIBLVolumeRefraction(
		n, v, material.roughness, material.diffuseContribution, material.specularColorBlended, material.specularF90,
		pos, modelMatrix, viewMatrix, projectionMatrix, material.dispersion, material.ior, material.thickness,
		material.attenuationColor, material.attenuationDistance );
	material.transmissionAlpha = mix( material.transmissionAlpha, transmitted.a, material.transmission );
	totalDiffuse = mix( totalDiffuse, transmitted.rgb, material.transmission );
#endif`,dx=`#ifdef USE_TRANSMISSION
	uniform float transmission;
	uniform float thickness;
	uniform float attenuationDistance;
	uniform vec3 attenuationColor;
	#ifdef USE_TRANSMISSIONMAP
		uniform sampler2D transmissionMap;
	#endif
	#ifdef USE_THICKNESSMAP
		uniform sampler2D thicknessMap;
	#endif
	uniform vec2 transmissionSamplerSize;
	uniform sampler2D transmissionSamplerMap;
	uniform mat4 modelMatrix;
	uniform mat4 projectionMatrix;
	varying vec3 vWorldPosition;
	float w0( float a ) {
		return ( 1.0 / 6.0 ) * ( a * ( a * ( - a + 3.0 ) - 3.0 ) + 1.0 );
	}
	float w1( float a ) {
		return ( 1.0 / 6.0 ) * ( a *  a * ( 3.0 * a - 6.0 ) + 4.0 );
	}
	float w2( float a ){
		return ( 1.0 / 6.0 ) * ( a * ( a * ( - 3.0 * a + 3.0 ) + 3.0 ) + 1.0 );
	}
	float w3( float a ) {
		return ( 1.0 / 6.0 ) * ( a * a * a );
	}
	float g0( float a ) {
		return w0( a ) + w1( a );
	}
	float g1( float a ) {
		return w2( a ) + w3( a );
	}
	float h0( float a ) {
		return - 1.0 + w1( a ) / ( w0( a ) + w1( a ) );
	}
	float h1( float a ) {
		return 1.0 + w3( a ) / ( w2( a ) + w3( a ) );
	}
	vec4 bicubic( sampler2D tex, vec2 uv, vec4 texelSize, float lod ) {
		uv = uv * texelSize.zw + 0.5;
		vec2 iuv = floor( uv );
		vec2 fuv = fract( uv );
		float g0x = g0( fuv.x );
		float g1x = g1( fuv.x );
		float h0x = h0( fuv.x );
		float h1x = h1( fuv.x );
		float h0y = h0( fuv.y );
		float h1y = h1( fuv.y );
		vec2 p0 = ( vec2( iuv.x + h0x, iuv.y + h0y ) - 0.5 ) * texelSize.xy;
		vec2 p1 = ( vec2( iuv.x + h1x, iuv.y + h0y ) - 0.5 ) * texelSize.xy;
		vec2 p2 = ( vec2( iuv.x + h0x, iuv.y + h1y ) - 0.5 ) * texelSize.xy;
		vec2 p3 = ( vec2( iuv.x + h1x, iuv.y + h1y ) - 0.5 ) * texelSize.xy;
		return g0( fuv.y ) * ( g0x * textureLod( tex, p0, lod ) + g1x * textureLod( tex, p1, lod ) ) +
			g1( fuv.y ) * ( g0x * textureLod( tex, p2, lod ) + g1x * textureLod( tex, p3, lod ) );
	}
	vec4 textureBicubic( sampler2D sampler, vec2 uv, float lod ) {
		vec2 fLodSize = vec2( textureSize( sampler, int( lod ) ) );
		vec2 cLodSize = vec2( textureSize( sampler, int( lod + 1.0 ) ) );
		vec2 fLodSizeInv = 1.0 / fLodSize;
		vec2 cLodSizeInv = 1.0 / cLodSize;
		vec4 fSample = bicubic( sampler, uv, vec4( fLodSizeInv, fLodSize ), floor( lod ) );
		vec4 cSample = bicubic( sampler, uv, vec4( cLodSizeInv, cLodSize ), ceil( lod ) );
		return mix( fSample, cSample, fract( lod ) );
	}
	vec3 getVolumeTransmissionRay( const in vec3 n, const in vec3 v, const in float thickness, const in float ior, const in mat4 modelMatrix ) {
		vec3 refractionVector = refract( - v, normalize( n ), 1.0 / ior );
		vec3 modelScale;
		modelScale.x = length( vec3( modelMatrix[ 0 ].xyz ) );
		modelScale.y = length( vec3( modelMatrix[ 1 ].xyz ) );
		modelScale.z = length( vec3( modelMatrix[ 2 ].xyz ) );
		return normalize( refractionVector ) * thickness * modelScale;
	}
	float applyIorToRoughness( const in float roughness, const in float ior ) {
		return roughness * clamp( ior * 2.0 - 2.0, 0.0, 1.0 );
	}
	vec4 getTransmissionSample( const in vec2 fragCoord, const in float roughness, const in float ior ) {
		float lod = log2( transmissionSamplerSize.x ) * applyIorToRoughness( roughness, ior );
		return textureBicubic( transmissionSamplerMap, fragCoord.xy, lod );
	}
	vec3 volumeAttenuation( const in float transmissionDistance, const in vec3 attenuationColor, const in float attenuationDistance ) {
		if ( isinf( attenuationDistance ) ) {
			return vec3( 1.0 );
		} else {
			vec3 attenuationCoefficient = -log( attenuationColor ) / attenuationDistance;
			vec3 transmittance = exp( - attenuationCoefficient * transmissionDistance );			return transmittance;
		}
	}
	vec4 getIBLVolumeRefraction( const in vec3 n, const in vec3 v, const in float roughness, const in vec3 diffuseColor,
		const in vec3 specularColor, const in float specularF90, const in vec3 position, const in mat4 modelMatrix,
		const in mat4 viewMatrix, const in mat4 projMatrix, const in float dispersion, const in float ior, const in float thickness,
		const in vec3 attenuationColor, const in float attenuationDistance ) {
		vec4 transmittedLight;
		vec3 transmittance;
		#ifdef USE_DISPERSION
			float halfSpread = ( ior - 1.0 ) * 0.025 * dispersion;
			vec3 iors = vec3( ior - halfSpread, ior, ior + halfSpread );
			for ( int i = 0; i < 3; i ++ ) {
				vec3 transmissionRay = getVolumeTransmissionRay( n, v, thickness, iors[ i ], modelMatrix );
				vec3 refractedRayExit = position + transmissionRay;
				vec4 ndcPos = projMatrix * viewMatrix * vec4( refractedRayExit, 1.0 );
				vec2 refractionCoords = ndcPos.xy / ndcPos.w;
				refractionCoords += 1.0;
				refractionCoords /= 2.0;
				vec4 transmissionSample = getTransmissionSample( refractionCoords, roughness, iors[ i ] );
				transmittedLight[ i ] = transmissionSample[ i ];
				transmittedLight.a += transmissionSample.a;
				transmittance[ i ] = diffuseColor[ i ] * volumeAttenuation( length( transmissionRay ), attenuationColor, attenuationDistance )[ i ];
			}
			transmittedLight.a /= 3.0;
		#else
			vec3 transmissionRay = getVolumeTransmissionRay( n, v, thickness, ior, modelMatrix );
			vec3 refractedRayExit = position + transmissionRay;
			vec4 ndcPos = projMatrix * viewMatrix * vec4( refractedRayExit, 1.0 );
			vec2 refractionCoords = ndcPos.xy / ndcPos.w;
			refractionCoords += 1.0;
			refractionCoords /= 2.0;
			transmittedLight = getTransmissionSample( refractionCoords, roughness, ior );
			transmittance = diffuseColor * volumeAttenuation( length( transmissionRay ), attenuationColor, attenuationDistance );
		#endif
		vec3 attenuatedColor = transmittance * transmittedLight.rgb;
		vec3 F = EnvironmentBRDF( n, v, specularColor, specularF90, roughness );
		float transmittanceFactor = ( transmittance.r + transmittance.g + transmittance.b ) / 3.0;
		return vec4( ( 1.0 - F ) * attenuatedColor, 1.0 - ( 1.0 - transmittedLight.a ) * transmittanceFactor );
	}
#endif`,fx=`#if defined( USE_UV ) || defined( USE_ANISOTROPY )
	varying vec2 vUv;
#endif
#ifdef USE_MAP
	varying vec2 vMapUv;
#endif
#ifdef USE_ALPHAMAP
	varying vec2 vAlphaMapUv;
#endif
#ifdef USE_LIGHTMAP
	varying vec2 vLightMapUv;
#endif
#ifdef USE_AOMAP
	varying vec2 vAoMapUv;
#endif
#ifdef USE_BUMPMAP
	varying vec2 vBumpMapUv;
#endif
#ifdef USE_NORMALMAP
	varying vec2 vNormalMapUv;
#endif
#ifdef USE_EMISSIVEMAP
	varying vec2 vEmissiveMapUv;
#endif
#ifdef USE_METALNESSMAP
	varying vec2 vMetalnessMapUv;
#endif
#ifdef USE_ROUGHNESSMAP
	varying vec2 vRoughnessMapUv;
#endif
#ifdef USE_DIFFUSE_ROUGHNESSMAP
	varying vec2 vDiffuseRoughnessMapUv;
#endif
#ifdef USE_ANISOTROPYMAP
	varying vec2 vAnisotropyMapUv;
#endif
#ifdef USE_CLEARCOATMAP
	varying vec2 vClearcoatMapUv;
#endif
#ifdef USE_CLEARCOAT_NORMALMAP
	varying vec2 vClearcoatNormalMapUv;
#endif
#ifdef USE_CLEARCOAT_ROUGHNESSMAP
	varying vec2 vClearcoatRoughnessMapUv;
#endif
#ifdef USE_IRIDESCENCEMAP
	varying vec2 vIridescenceMapUv;
#endif
#ifdef USE_IRIDESCENCE_THICKNESSMAP
	varying vec2 vIridescenceThicknessMapUv;
#endif
#ifdef USE_SHEEN_COLORMAP
	varying vec2 vSheenColorMapUv;
#endif
#ifdef USE_SHEEN_ROUGHNESSMAP
	varying vec2 vSheenRoughnessMapUv;
#endif
#ifdef USE_SPECULARMAP
	varying vec2 vSpecularMapUv;
#endif
#ifdef USE_SPECULAR_COLORMAP
	varying vec2 vSpecularColorMapUv;
#endif
#ifdef USE_SPECULAR_INTENSITYMAP
	varying vec2 vSpecularIntensityMapUv;
#endif
#ifdef USE_TRANSMISSIONMAP
	uniform mat3 transmissionMapTransform;
	varying vec2 vTransmissionMapUv;
#endif
#ifdef USE_THICKNESSMAP
	uniform mat3 thicknessMapTransform;
	varying vec2 vThicknessMapUv;
#endif`,px=`#if defined( USE_UV ) || defined( USE_ANISOTROPY )
	varying vec2 vUv;
#endif
#ifdef USE_MAP
	uniform mat3 mapTransform;
	varying vec2 vMapUv;
#endif
#ifdef USE_ALPHAMAP
	uniform mat3 alphaMapTransform;
	varying vec2 vAlphaMapUv;
#endif
#ifdef USE_LIGHTMAP
	uniform mat3 lightMapTransform;
	varying vec2 vLightMapUv;
#endif
#ifdef USE_AOMAP
	uniform mat3 aoMapTransform;
	varying vec2 vAoMapUv;
#endif
#ifdef USE_BUMPMAP
	uniform mat3 bumpMapTransform;
	varying vec2 vBumpMapUv;
#endif
#ifdef USE_NORMALMAP
	uniform mat3 normalMapTransform;
	varying vec2 vNormalMapUv;
#endif
#ifdef USE_DISPLACEMENTMAP
	uniform mat3 displacementMapTransform;
	varying vec2 vDisplacementMapUv;
#endif
#ifdef USE_EMISSIVEMAP
	uniform mat3 emissiveMapTransform;
	varying vec2 vEmissiveMapUv;
#endif
#ifdef USE_METALNESSMAP
	uniform mat3 metalnessMapTransform;
	varying vec2 vMetalnessMapUv;
#endif
#ifdef USE_ROUGHNESSMAP
	uniform mat3 roughnessMapTransform;
	varying vec2 vRoughnessMapUv;
#endif
#ifdef USE_DIFFUSE_ROUGHNESSMAP
	uniform mat3 diffuseRoughnessMapTransform;
	varying vec2 vDiffuseRoughnessMapUv;
#endif
#ifdef USE_ANISOTROPYMAP
	uniform mat3 anisotropyMapTransform;
	varying vec2 vAnisotropyMapUv;
#endif
#ifdef USE_CLEARCOATMAP
	uniform mat3 clearcoatMapTransform;
	varying vec2 vClearcoatMapUv;
#endif
#ifdef USE_CLEARCOAT_NORMALMAP
	uniform mat3 clearcoatNormalMapTransform;
	varying vec2 vClearcoatNormalMapUv;
#endif
#ifdef USE_CLEARCOAT_ROUGHNESSMAP
	uniform mat3 clearcoatRoughnessMapTransform;
	varying vec2 vClearcoatRoughnessMapUv;
#endif
#ifdef USE_SHEEN_COLORMAP
	uniform mat3 sheenColorMapTransform;
	varying vec2 vSheenColorMapUv;
#endif
#ifdef USE_SHEEN_ROUGHNESSMAP
	uniform mat3 sheenRoughnessMapTransform;
	varying vec2 vSheenRoughnessMapUv;
#endif
#ifdef USE_IRIDESCENCEMAP
	uniform mat3 iridescenceMapTransform;
	varying vec2 vIridescenceMapUv;
#endif
#ifdef USE_IRIDESCENCE_THICKNESSMAP
	uniform mat3 iridescenceThicknessMapTransform;
	varying vec2 vIridescenceThicknessMapUv;
#endif
#ifdef USE_SPECULARMAP
	uniform mat3 specularMapTransform;
	varying vec2 vSpecularMapUv;
#endif
#ifdef USE_SPECULAR_COLORMAP
	uniform mat3 specularColorMapTransform;
	varying vec2 vSpecularColorMapUv;
#endif
#ifdef USE_SPECULAR_INTENSITYMAP
	uniform mat3 specularIntensityMapTransform;
	varying vec2 vSpecularIntensityMapUv;
#endif
#ifdef USE_TRANSMISSIONMAP
	uniform mat3 transmissionMapTransform;
	varying vec2 vTransmissionMapUv;
#endif
#ifdef USE_THICKNESSMAP
	uniform mat3 thicknessMapTransform;
	varying vec2 vThicknessMapUv;
#endif`,mx=`#if defined( USE_UV ) || defined( USE_ANISOTROPY )
	vUv = vec3( uv, 1 ).xy;
#endif
#ifdef USE_MAP
	vMapUv = ( mapTransform * vec3( MAP_UV, 1 ) ).xy;
#endif
#ifdef USE_ALPHAMAP
	vAlphaMapUv = ( alphaMapTransform * vec3( ALPHAMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_LIGHTMAP
	vLightMapUv = ( lightMapTransform * vec3( LIGHTMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_AOMAP
	vAoMapUv = ( aoMapTransform * vec3( AOMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_BUMPMAP
	vBumpMapUv = ( bumpMapTransform * vec3( BUMPMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_NORMALMAP
	vNormalMapUv = ( normalMapTransform * vec3( NORMALMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_DISPLACEMENTMAP
	vDisplacementMapUv = ( displacementMapTransform * vec3( DISPLACEMENTMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_EMISSIVEMAP
	vEmissiveMapUv = ( emissiveMapTransform * vec3( EMISSIVEMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_METALNESSMAP
	vMetalnessMapUv = ( metalnessMapTransform * vec3( METALNESSMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_ROUGHNESSMAP
	vRoughnessMapUv = ( roughnessMapTransform * vec3( ROUGHNESSMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_DIFFUSE_ROUGHNESSMAP
	vDiffuseRoughnessMapUv = ( diffuseRoughnessMapTransform * vec3( DIFFUSE_ROUGHNESSMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_ANISOTROPYMAP
	vAnisotropyMapUv = ( anisotropyMapTransform * vec3( ANISOTROPYMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_CLEARCOATMAP
	vClearcoatMapUv = ( clearcoatMapTransform * vec3( CLEARCOATMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_CLEARCOAT_NORMALMAP
	vClearcoatNormalMapUv = ( clearcoatNormalMapTransform * vec3( CLEARCOAT_NORMALMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_CLEARCOAT_ROUGHNESSMAP
	vClearcoatRoughnessMapUv = ( clearcoatRoughnessMapTransform * vec3( CLEARCOAT_ROUGHNESSMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_IRIDESCENCEMAP
	vIridescenceMapUv = ( iridescenceMapTransform * vec3( IRIDESCENCEMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_IRIDESCENCE_THICKNESSMAP
	vIridescenceThicknessMapUv = ( iridescenceThicknessMapTransform * vec3( IRIDESCENCE_THICKNESSMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_SHEEN_COLORMAP
	vSheenColorMapUv = ( sheenColorMapTransform * vec3( SHEEN_COLORMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_SHEEN_ROUGHNESSMAP
	vSheenRoughnessMapUv = ( sheenRoughnessMapTransform * vec3( SHEEN_ROUGHNESSMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_SPECULARMAP
	vSpecularMapUv = ( specularMapTransform * vec3( SPECULARMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_SPECULAR_COLORMAP
	vSpecularColorMapUv = ( specularColorMapTransform * vec3( SPECULAR_COLORMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_SPECULAR_INTENSITYMAP
	vSpecularIntensityMapUv = ( specularIntensityMapTransform * vec3( SPECULAR_INTENSITYMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_TRANSMISSIONMAP
	vTransmissionMapUv = ( transmissionMapTransform * vec3( TRANSMISSIONMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_THICKNESSMAP
	vThicknessMapUv = ( thicknessMapTransform * vec3( THICKNESSMAP_UV, 1 ) ).xy;
#endif`,gx=`#if defined( USE_ENVMAP ) || defined( DISTANCE ) || defined ( USE_SHADOWMAP ) || defined ( USE_TRANSMISSION ) || NUM_SPOT_LIGHT_COORDS > 0
	vec4 worldPosition = vec4( transformed, 1.0 );
	#ifdef USE_BATCHING
		worldPosition = batchingMatrix * worldPosition;
	#endif
	#ifdef USE_INSTANCING
		worldPosition = instanceMatrix * worldPosition;
	#endif
	worldPosition = modelMatrix * worldPosition;
#endif`,_x=`varying vec2 vUv;
uniform mat3 uvTransform;
void main() {
	vUv = ( uvTransform * vec3( uv, 1 ) ).xy;
	gl_Position = vec4( position.xy, 1.0, 1.0 );
}`,vx=`uniform sampler2D t2D;
uniform float backgroundIntensity;
varying vec2 vUv;
void main() {
	vec4 texColor = texture2D( t2D, vUv );
	#ifdef DECODE_VIDEO_TEXTURE
		texColor = vec4( mix( pow( texColor.rgb * 0.9478672986 + vec3( 0.0521327014 ), vec3( 2.4 ) ), texColor.rgb * 0.0773993808, vec3( lessThanEqual( texColor.rgb, vec3( 0.04045 ) ) ) ), texColor.w );
	#endif
	texColor.rgb *= backgroundIntensity;
	gl_FragColor = texColor;
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
}`,yx=`varying vec3 vWorldDirection;
#include <common>
void main() {
	vWorldDirection = transformDirection( position, modelMatrix );
	#include <begin_vertex>
	#include <project_vertex>
	gl_Position.z = gl_Position.w;
}`,xx=`uniform float backgroundBlurriness;
uniform float backgroundIntensity;
uniform mat3 backgroundRotation;
varying vec3 vWorldDirection;
#include <envmap_common_pars_fragment>
void main() {
	#ifdef ENVMAP_TYPE_PMREM
		vec4 texColor = textureLod( envMap, backgroundRotation * vWorldDirection, roughnessToMip( backgroundBlurriness ) );
	#else
		vec4 texColor = textureCube( envMap, backgroundRotation * vWorldDirection );
	#endif
	texColor.rgb *= backgroundIntensity;
	gl_FragColor = texColor;
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
}`,Mx=`varying vec3 vWorldDirection;
#include <common>
void main() {
	vWorldDirection = transformDirection( position, modelMatrix );
	#include <begin_vertex>
	#include <project_vertex>
	gl_Position.z = gl_Position.w;
}`,bx=`uniform samplerCube tCube;
uniform float tFlip;
uniform float opacity;
varying vec3 vWorldDirection;
void main() {
	vec4 texColor = textureCube( tCube, vec3( tFlip * vWorldDirection.x, vWorldDirection.yz ) );
	gl_FragColor = texColor;
	gl_FragColor.a *= opacity;
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
}`,Sx=`#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <displacementmap_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
varying vec2 vHighPrecisionZW;
void main() {
	#include <uv_vertex>
	#include <batching_vertex>
	#include <skinbase_vertex>
	#include <morphinstance_vertex>
	#ifdef USE_DISPLACEMENTMAP
		#include <beginnormal_vertex>
		#include <morphnormal_vertex>
		#include <skinnormal_vertex>
	#endif
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	vHighPrecisionZW = gl_Position.zw;
}`,wx=`#if DEPTH_PACKING == 3200
	uniform float opacity;
#endif
#include <common>
#include <packing>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
varying vec2 vHighPrecisionZW;
void main() {
	vec4 diffuseColor = vec4( 1.0 );
	#include <clipping_planes_fragment>
	#if DEPTH_PACKING == 3200
		diffuseColor.a = opacity;
	#endif
	#include <map_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	#include <logdepthbuf_fragment>
	#ifdef USE_REVERSED_DEPTH_BUFFER
		float fragCoordZ = vHighPrecisionZW[ 0 ] / vHighPrecisionZW[ 1 ];
	#else
		float fragCoordZ = 0.5 * vHighPrecisionZW[ 0 ] / vHighPrecisionZW[ 1 ] + 0.5;
	#endif
	#if DEPTH_PACKING == 3200
		gl_FragColor = vec4( vec3( 1.0 - fragCoordZ ), opacity );
	#elif DEPTH_PACKING == 3201
		gl_FragColor = packDepthToRGBA( fragCoordZ );
	#elif DEPTH_PACKING == 3202
		gl_FragColor = vec4( packDepthToRGB( fragCoordZ ), 1.0 );
	#elif DEPTH_PACKING == 3203
		gl_FragColor = vec4( packDepthToRG( fragCoordZ ), 0.0, 1.0 );
	#endif
}`,Ex=`#define DISTANCE
varying vec3 vWorldPosition;
#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <displacementmap_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <batching_vertex>
	#include <skinbase_vertex>
	#include <morphinstance_vertex>
	#ifdef USE_DISPLACEMENTMAP
		#include <beginnormal_vertex>
		#include <morphnormal_vertex>
		#include <skinnormal_vertex>
	#endif
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <worldpos_vertex>
	#include <clipping_planes_vertex>
	vWorldPosition = worldPosition.xyz;
}`,Tx=`#define DISTANCE
uniform vec3 referencePosition;
uniform float nearDistance;
uniform float farDistance;
varying vec3 vWorldPosition;
#include <common>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( 1.0 );
	#include <clipping_planes_fragment>
	#include <map_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	float dist = length( vWorldPosition - referencePosition );
	dist = ( dist - nearDistance ) / ( farDistance - nearDistance );
	dist = saturate( dist );
	gl_FragColor = vec4( dist, 0.0, 0.0, 1.0 );
}`,Ax=`varying vec3 vWorldDirection;
#include <common>
void main() {
	vWorldDirection = transformDirection( position, modelMatrix );
	#include <begin_vertex>
	#include <project_vertex>
}`,Px=`uniform sampler2D tEquirect;
varying vec3 vWorldDirection;
#include <common>
void main() {
	vec3 direction = normalize( vWorldDirection );
	vec2 sampleUV = equirectUv( direction );
	gl_FragColor = texture2D( tEquirect, sampleUV );
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
}`,Cx=`uniform float scale;
attribute float lineDistance;
varying float vLineDistance;
#include <common>
#include <uv_pars_vertex>
#include <color_pars_vertex>
#include <fog_pars_vertex>
#include <morphtarget_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	vLineDistance = scale * lineDistance;
	#include <uv_vertex>
	#include <color_vertex>
	#include <morphinstance_vertex>
	#include <morphcolor_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	#include <fog_vertex>
}`,Rx=`uniform vec3 diffuse;
uniform float opacity;
uniform float dashSize;
uniform float totalSize;
varying float vLineDistance;
#include <common>
#include <color_pars_fragment>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <fog_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	if ( mod( vLineDistance, totalSize ) > dashSize ) {
		discard;
	}
	vec3 outgoingLight = vec3( 0.0 );
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <color_fragment>
	outgoingLight = diffuseColor.rgb;
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
}`,Lx=`#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <envmap_pars_vertex>
#include <color_pars_vertex>
#include <fog_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <color_vertex>
	#include <morphinstance_vertex>
	#include <morphcolor_vertex>
	#include <batching_vertex>
	#if defined ( USE_ENVMAP ) || defined ( USE_SKINNING )
		#include <beginnormal_vertex>
		#include <morphnormal_vertex>
		#include <skinbase_vertex>
		#include <skinnormal_vertex>
		#include <defaultnormal_vertex>
	#endif
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	#include <worldpos_vertex>
	#include <envmap_vertex>
	#include <fog_vertex>
}`,Ix=`uniform vec3 diffuse;
uniform float opacity;
#ifndef FLAT_SHADED
	varying vec3 vNormal;
#endif
#include <common>
#include <dithering_pars_fragment>
#include <color_pars_fragment>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <aomap_pars_fragment>
#include <lightmap_pars_fragment>
#include <envmap_common_pars_fragment>
#include <envmap_pars_fragment>
#include <fog_pars_fragment>
#include <specularmap_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <color_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	#include <specularmap_fragment>
	ReflectedLight reflectedLight = ReflectedLight( vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ) );
	#ifdef USE_LIGHTMAP
		vec4 lightMapTexel = texture2D( lightMap, vLightMapUv );
		reflectedLight.indirectDiffuse += lightMapTexel.rgb * lightMapIntensity * RECIPROCAL_PI;
	#else
		reflectedLight.indirectDiffuse += vec3( 1.0 );
	#endif
	#include <aomap_fragment>
	reflectedLight.indirectDiffuse *= diffuseColor.rgb;
	vec3 outgoingLight = reflectedLight.indirectDiffuse;
	#include <envmap_fragment>
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
	#include <dithering_fragment>
}`,Dx=`#define LAMBERT
varying vec3 vViewPosition;
#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <displacementmap_pars_vertex>
#include <envmap_pars_vertex>
#include <color_pars_vertex>
#include <fog_pars_vertex>
#include <normal_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <shadowmap_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <color_vertex>
	#include <morphinstance_vertex>
	#include <morphcolor_vertex>
	#include <batching_vertex>
	#include <beginnormal_vertex>
	#include <morphnormal_vertex>
	#include <skinbase_vertex>
	#include <skinnormal_vertex>
	#include <defaultnormal_vertex>
	#include <normal_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	vViewPosition = - mvPosition.xyz;
	#include <worldpos_vertex>
	#include <envmap_vertex>
	#include <shadowmap_vertex>
	#include <fog_vertex>
}`,Nx=`#define LAMBERT
uniform vec3 diffuse;
uniform vec3 emissive;
uniform float opacity;
#include <common>
#include <dithering_pars_fragment>
#include <color_pars_fragment>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <aomap_pars_fragment>
#include <lightmap_pars_fragment>
#include <emissivemap_pars_fragment>
#include <envmap_common_pars_fragment>
#include <envmap_pars_fragment>
#include <envmap_physical_pars_fragment>
#include <fog_pars_fragment>
#include <bsdfs>
#include <lights_pars_begin>
#include <normal_pars_fragment>
#include <lights_lambert_pars_fragment>
#include <shadowmap_pars_fragment>
#include <bumpmap_pars_fragment>
#include <normalmap_pars_fragment>
#include <specularmap_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	ReflectedLight reflectedLight = ReflectedLight( vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ) );
	vec3 totalEmissiveRadiance = emissive;
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <color_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	#include <specularmap_fragment>
	#include <normal_fragment_begin>
	#include <normal_fragment_maps>
	#include <emissivemap_fragment>
	#include <lights_lambert_fragment>
	#include <lights_fragment_begin>
	#include <lights_fragment_maps>
	#include <lights_fragment_end>
	#include <aomap_fragment>
	vec3 outgoingLight = reflectedLight.directDiffuse + reflectedLight.indirectDiffuse + totalEmissiveRadiance;
	#include <envmap_fragment>
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
	#include <dithering_fragment>
}`,Ox=`#define MATCAP
varying vec3 vViewPosition;
#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <color_pars_vertex>
#include <displacementmap_pars_vertex>
#include <fog_pars_vertex>
#include <normal_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <color_vertex>
	#include <morphinstance_vertex>
	#include <morphcolor_vertex>
	#include <batching_vertex>
	#include <beginnormal_vertex>
	#include <morphnormal_vertex>
	#include <skinbase_vertex>
	#include <skinnormal_vertex>
	#include <defaultnormal_vertex>
	#include <normal_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	#include <fog_vertex>
	vViewPosition = - mvPosition.xyz;
}`,Ux=`#define MATCAP
uniform vec3 diffuse;
uniform float opacity;
uniform sampler2D matcap;
varying vec3 vViewPosition;
#include <common>
#include <dithering_pars_fragment>
#include <color_pars_fragment>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <fog_pars_fragment>
#include <normal_pars_fragment>
#include <bumpmap_pars_fragment>
#include <normalmap_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <color_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	#include <normal_fragment_begin>
	#include <normal_fragment_maps>
	vec3 viewDir = normalize( vViewPosition );
	vec3 x = normalize( vec3( viewDir.z, 0.0, - viewDir.x ) );
	vec3 y = cross( viewDir, x );
	vec2 uv = vec2( dot( x, normal ), dot( y, normal ) ) * 0.495 + 0.5;
	#ifdef USE_MATCAP
		vec4 matcapColor = texture2D( matcap, uv );
	#else
		vec4 matcapColor = vec4( vec3( mix( 0.2, 0.8, uv.y ) ), 1.0 );
	#endif
	vec3 outgoingLight = diffuseColor.rgb * matcapColor.rgb;
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
	#include <dithering_fragment>
}`,Fx=`#define NORMAL
#if defined( FLAT_SHADED ) || defined( USE_BUMPMAP ) || defined( USE_NORMALMAP_TANGENTSPACE )
	varying vec3 vViewPosition;
#endif
#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <displacementmap_pars_vertex>
#include <normal_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <batching_vertex>
	#include <beginnormal_vertex>
	#include <morphinstance_vertex>
	#include <morphnormal_vertex>
	#include <skinbase_vertex>
	#include <skinnormal_vertex>
	#include <defaultnormal_vertex>
	#include <normal_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
#if defined( FLAT_SHADED ) || defined( USE_BUMPMAP ) || defined( USE_NORMALMAP_TANGENTSPACE )
	vViewPosition = - mvPosition.xyz;
#endif
}`,Bx=`#define NORMAL
uniform float opacity;
#if defined( FLAT_SHADED ) || defined( USE_BUMPMAP ) || defined( USE_NORMALMAP_TANGENTSPACE )
	varying vec3 vViewPosition;
#endif
#include <uv_pars_fragment>
#include <normal_pars_fragment>
#include <bumpmap_pars_fragment>
#include <normalmap_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( 0.0, 0.0, 0.0, opacity );
	#include <clipping_planes_fragment>
	#include <logdepthbuf_fragment>
	#include <normal_fragment_begin>
	#include <normal_fragment_maps>
	gl_FragColor = vec4( normalize( normal ) * 0.5 + 0.5, diffuseColor.a );
	#ifdef OPAQUE
		gl_FragColor.a = 1.0;
	#endif
}`,zx=`#define PHONG
varying vec3 vViewPosition;
#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <displacementmap_pars_vertex>
#include <envmap_pars_vertex>
#include <color_pars_vertex>
#include <fog_pars_vertex>
#include <normal_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <shadowmap_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <color_vertex>
	#include <morphcolor_vertex>
	#include <batching_vertex>
	#include <beginnormal_vertex>
	#include <morphinstance_vertex>
	#include <morphnormal_vertex>
	#include <skinbase_vertex>
	#include <skinnormal_vertex>
	#include <defaultnormal_vertex>
	#include <normal_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	vViewPosition = - mvPosition.xyz;
	#include <worldpos_vertex>
	#include <envmap_vertex>
	#include <shadowmap_vertex>
	#include <fog_vertex>
}`,kx=`#define PHONG
uniform vec3 diffuse;
uniform vec3 emissive;
uniform vec3 specular;
uniform float shininess;
uniform float opacity;
#include <common>
#include <dithering_pars_fragment>
#include <color_pars_fragment>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <aomap_pars_fragment>
#include <lightmap_pars_fragment>
#include <emissivemap_pars_fragment>
#include <envmap_common_pars_fragment>
#include <envmap_pars_fragment>
#include <envmap_physical_pars_fragment>
#include <fog_pars_fragment>
#include <bsdfs>
#include <lights_pars_begin>
#include <normal_pars_fragment>
#include <lights_phong_pars_fragment>
#include <shadowmap_pars_fragment>
#include <bumpmap_pars_fragment>
#include <normalmap_pars_fragment>
#include <specularmap_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	ReflectedLight reflectedLight = ReflectedLight( vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ) );
	vec3 totalEmissiveRadiance = emissive;
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <color_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	#include <specularmap_fragment>
	#include <normal_fragment_begin>
	#include <normal_fragment_maps>
	#include <emissivemap_fragment>
	#include <lights_phong_fragment>
	#include <lights_fragment_begin>
	#include <lights_fragment_maps>
	#include <lights_fragment_end>
	#include <aomap_fragment>
	vec3 outgoingLight = reflectedLight.directDiffuse + reflectedLight.indirectDiffuse + reflectedLight.directSpecular + reflectedLight.indirectSpecular + totalEmissiveRadiance;
	#include <envmap_fragment>
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
	#include <dithering_fragment>
}`,Hx=`#define STANDARD
varying vec3 vViewPosition;
#ifdef USE_TRANSMISSION
	varying vec3 vWorldPosition;
#endif
#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <displacementmap_pars_vertex>
#include <color_pars_vertex>
#include <fog_pars_vertex>
#include <normal_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <shadowmap_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <color_vertex>
	#include <morphinstance_vertex>
	#include <morphcolor_vertex>
	#include <batching_vertex>
	#include <beginnormal_vertex>
	#include <morphnormal_vertex>
	#include <skinbase_vertex>
	#include <skinnormal_vertex>
	#include <defaultnormal_vertex>
	#include <normal_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	vViewPosition = - mvPosition.xyz;
	#include <worldpos_vertex>
	#include <shadowmap_vertex>
	#include <fog_vertex>
#ifdef USE_TRANSMISSION
	vWorldPosition = worldPosition.xyz;
#endif
}`,Vx=`#define STANDARD
#ifdef PHYSICAL
	#define IOR
	#define USE_SPECULAR
#endif
uniform vec3 diffuse;
uniform vec3 emissive;
uniform float roughness;
uniform float metalness;
uniform float opacity;
#ifdef IOR
	uniform float ior;
#endif
#ifdef USE_SPECULAR
	uniform float specularIntensity;
	uniform vec3 specularColor;
	#ifdef USE_SPECULAR_COLORMAP
		uniform sampler2D specularColorMap;
	#endif
	#ifdef USE_SPECULAR_INTENSITYMAP
		uniform sampler2D specularIntensityMap;
	#endif
#endif
#ifdef USE_CLEARCOAT
	uniform float clearcoat;
	uniform float clearcoatRoughness;
#endif
#ifdef USE_DIFFUSE_ROUGHNESS
	uniform float diffuseRoughness;
	#ifdef USE_DIFFUSE_ROUGHNESSMAP
		uniform sampler2D diffuseRoughnessMap;
	#endif
#endif
#ifdef USE_DISPERSION
	uniform float dispersion;
#endif
#ifdef USE_RETROREFLECTION
	uniform float retroreflectivity;
#endif
#ifdef USE_IRIDESCENCE
	uniform float iridescence;
	uniform float iridescenceIOR;
	uniform float iridescenceThicknessMinimum;
	uniform float iridescenceThicknessMaximum;
#endif
#ifdef USE_SHEEN
	uniform vec3 sheenColor;
	uniform float sheenRoughness;
	#ifdef USE_SHEEN_COLORMAP
		uniform sampler2D sheenColorMap;
	#endif
	#ifdef USE_SHEEN_ROUGHNESSMAP
		uniform sampler2D sheenRoughnessMap;
	#endif
#endif
#ifdef USE_ANISOTROPY
	uniform vec2 anisotropyVector;
	#ifdef USE_ANISOTROPYMAP
		uniform sampler2D anisotropyMap;
	#endif
#endif
varying vec3 vViewPosition;
#include <common>
#include <dithering_pars_fragment>
#include <color_pars_fragment>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <aomap_pars_fragment>
#include <lightmap_pars_fragment>
#include <emissivemap_pars_fragment>
#include <iridescence_fragment>
#include <envmap_common_pars_fragment>
#include <envmap_physical_pars_fragment>
#include <fog_pars_fragment>
#include <lights_pars_begin>
#include <normal_pars_fragment>
#include <lights_physical_pars_fragment>
#include <transmission_pars_fragment>
#include <shadowmap_pars_fragment>
#include <bumpmap_pars_fragment>
#include <normalmap_pars_fragment>
#include <clearcoat_pars_fragment>
#include <iridescence_pars_fragment>
#include <roughnessmap_pars_fragment>
#include <metalnessmap_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	ReflectedLight reflectedLight = ReflectedLight( vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ) );
	vec3 totalEmissiveRadiance = emissive;
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <color_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	#include <roughnessmap_fragment>
	#include <metalnessmap_fragment>
	#include <normal_fragment_begin>
	#include <normal_fragment_maps>
	#include <clearcoat_normal_fragment_begin>
	#include <clearcoat_normal_fragment_maps>
	#include <emissivemap_fragment>
	#include <lights_physical_fragment>
	#include <lights_fragment_begin>
	#include <lights_fragment_maps>
	#include <lights_fragment_end>
	#include <aomap_fragment>
	vec3 totalDiffuse = reflectedLight.directDiffuse + reflectedLight.indirectDiffuse;
	vec3 totalSpecular = reflectedLight.directSpecular + reflectedLight.indirectSpecular;
	#include <transmission_fragment>
	vec3 outgoingLight = totalDiffuse + totalSpecular + totalEmissiveRadiance;
	#ifdef USE_SHEEN
 
		outgoingLight = outgoingLight + sheenSpecularDirect + sheenSpecularIndirect;
 
 	#endif
	#ifdef USE_CLEARCOAT
		float dotNVcc = saturate( dot( geometryClearcoatNormal, geometryViewDir ) );
		vec3 Fcc = F_Schlick( material.clearcoatF0, material.clearcoatF90, dotNVcc );
		outgoingLight = outgoingLight * ( 1.0 - material.clearcoat * Fcc ) + ( clearcoatSpecularDirect + clearcoatSpecularIndirect ) * material.clearcoat;
	#endif
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
	#include <dithering_fragment>
}`,Gx=`#define TOON
varying vec3 vViewPosition;
#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <displacementmap_pars_vertex>
#include <color_pars_vertex>
#include <fog_pars_vertex>
#include <normal_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <shadowmap_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <color_vertex>
	#include <morphinstance_vertex>
	#include <morphcolor_vertex>
	#include <batching_vertex>
	#include <beginnormal_vertex>
	#include <morphnormal_vertex>
	#include <skinbase_vertex>
	#include <skinnormal_vertex>
	#include <defaultnormal_vertex>
	#include <normal_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	vViewPosition = - mvPosition.xyz;
	#include <worldpos_vertex>
	#include <shadowmap_vertex>
	#include <fog_vertex>
}`,Wx=`#define TOON
uniform vec3 diffuse;
uniform vec3 emissive;
uniform float opacity;
#include <common>
#include <dithering_pars_fragment>
#include <color_pars_fragment>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <aomap_pars_fragment>
#include <lightmap_pars_fragment>
#include <emissivemap_pars_fragment>
#include <gradientmap_pars_fragment>
#include <fog_pars_fragment>
#include <bsdfs>
#include <lights_pars_begin>
#include <normal_pars_fragment>
#include <lights_toon_pars_fragment>
#include <shadowmap_pars_fragment>
#include <bumpmap_pars_fragment>
#include <normalmap_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	ReflectedLight reflectedLight = ReflectedLight( vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ) );
	vec3 totalEmissiveRadiance = emissive;
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <color_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	#include <normal_fragment_begin>
	#include <normal_fragment_maps>
	#include <emissivemap_fragment>
	#include <lights_toon_fragment>
	#include <lights_fragment_begin>
	#include <lights_fragment_maps>
	#include <lights_fragment_end>
	#include <aomap_fragment>
	vec3 outgoingLight = reflectedLight.directDiffuse + reflectedLight.indirectDiffuse + totalEmissiveRadiance;
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
	#include <dithering_fragment>
}`,Xx=`uniform float size;
uniform float scale;
#include <common>
#include <color_pars_vertex>
#include <fog_pars_vertex>
#include <morphtarget_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
#ifdef USE_POINTS_UV
	varying vec2 vUv;
	uniform mat3 uvTransform;
#endif
void main() {
	#ifdef USE_POINTS_UV
		vUv = ( uvTransform * vec3( uv, 1 ) ).xy;
	#endif
	#include <color_vertex>
	#include <morphinstance_vertex>
	#include <morphcolor_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <project_vertex>
	gl_PointSize = size;
	#ifdef USE_SIZEATTENUATION
		bool isPerspective = isPerspectiveMatrix( projectionMatrix );
		if ( isPerspective ) gl_PointSize *= ( scale / - mvPosition.z );
	#endif
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	#include <worldpos_vertex>
	#include <fog_vertex>
}`,Zx=`uniform vec3 diffuse;
uniform float opacity;
#include <common>
#include <color_pars_fragment>
#include <map_particle_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <fog_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	vec3 outgoingLight = vec3( 0.0 );
	#include <logdepthbuf_fragment>
	#include <map_particle_fragment>
	#include <color_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	outgoingLight = diffuseColor.rgb;
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
}`,qx=`#include <common>
#include <batching_pars_vertex>
#include <fog_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <shadowmap_pars_vertex>
void main() {
	#include <batching_vertex>
	#include <beginnormal_vertex>
	#include <morphinstance_vertex>
	#include <morphnormal_vertex>
	#include <skinbase_vertex>
	#include <skinnormal_vertex>
	#include <defaultnormal_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <worldpos_vertex>
	#include <shadowmap_vertex>
	#include <fog_vertex>
}`,Yx=`uniform vec3 color;
uniform float opacity;
#include <common>
#include <fog_pars_fragment>
#include <bsdfs>
#include <lights_pars_begin>
#include <logdepthbuf_pars_fragment>
#include <shadowmap_pars_fragment>
#include <shadowmask_pars_fragment>
void main() {
	#include <logdepthbuf_fragment>
	gl_FragColor = vec4( color, opacity * ( 1.0 - getShadowMask() ) );
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
}`,$x=`uniform float rotation;
uniform vec2 center;
#include <common>
#include <uv_pars_vertex>
#include <fog_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	vec4 mvPosition = modelViewMatrix[ 3 ];
	vec2 scale = vec2( length( modelMatrix[ 0 ].xyz ), length( modelMatrix[ 1 ].xyz ) );
	#ifndef USE_SIZEATTENUATION
		bool isPerspective = isPerspectiveMatrix( projectionMatrix );
		if ( isPerspective ) scale *= - mvPosition.z;
	#endif
	vec2 alignedPosition = ( position.xy - ( center - vec2( 0.5 ) ) ) * scale;
	vec2 rotatedPosition;
	rotatedPosition.x = cos( rotation ) * alignedPosition.x - sin( rotation ) * alignedPosition.y;
	rotatedPosition.y = sin( rotation ) * alignedPosition.x + cos( rotation ) * alignedPosition.y;
	mvPosition.xy += rotatedPosition;
	gl_Position = projectionMatrix * mvPosition;
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	#include <fog_vertex>
}`,jx=`uniform vec3 diffuse;
uniform float opacity;
#include <common>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <fog_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	vec3 outgoingLight = vec3( 0.0 );
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	outgoingLight = diffuseColor.rgb;
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
}`,ie={alphahash_fragment:vv,alphahash_pars_fragment:yv,alphamap_fragment:xv,alphamap_pars_fragment:Mv,alphatest_fragment:bv,alphatest_pars_fragment:Sv,aomap_fragment:wv,aomap_pars_fragment:Ev,batching_pars_vertex:Tv,batching_vertex:Av,begin_vertex:Pv,beginnormal_vertex:Cv,bsdfs:Rv,iridescence_fragment:Lv,bumpmap_pars_fragment:Iv,clipping_planes_fragment:Dv,clipping_planes_pars_fragment:Nv,clipping_planes_pars_vertex:Ov,clipping_planes_vertex:Uv,color_fragment:Fv,color_pars_fragment:Bv,color_pars_vertex:zv,color_vertex:kv,common:Hv,defaultnormal_vertex:Vv,displacementmap_pars_vertex:Gv,displacementmap_vertex:Wv,emissivemap_fragment:Xv,emissivemap_pars_fragment:Zv,colorspace_fragment:qv,colorspace_pars_fragment:Yv,envmap_fragment:$v,envmap_common_pars_fragment:jv,envmap_pars_fragment:Kv,envmap_pars_vertex:Jv,envmap_physical_pars_fragment:cy,envmap_vertex:Qv,fog_vertex:ty,fog_pars_vertex:ey,fog_fragment:iy,fog_pars_fragment:ny,gradientmap_pars_fragment:sy,lightmap_pars_fragment:ry,lights_lambert_fragment:oy,lights_lambert_pars_fragment:ay,lights_pars_begin:ly,lights_toon_fragment:hy,lights_toon_pars_fragment:uy,lights_phong_fragment:dy,lights_phong_pars_fragment:fy,lights_physical_fragment:py,lights_physical_pars_fragment:my,lights_fragment_begin:gy,lights_fragment_maps:_y,lights_fragment_end:vy,lightprobes_pars_fragment:yy,logdepthbuf_fragment:xy,logdepthbuf_pars_fragment:My,logdepthbuf_pars_vertex:by,logdepthbuf_vertex:Sy,map_fragment:wy,map_pars_fragment:Ey,map_particle_fragment:Ty,map_particle_pars_fragment:Ay,metalnessmap_fragment:Py,metalnessmap_pars_fragment:Cy,morphinstance_vertex:Ry,morphcolor_vertex:Ly,morphnormal_vertex:Iy,morphtarget_pars_vertex:Dy,morphtarget_vertex:Ny,normal_fragment_begin:Oy,normal_fragment_maps:Uy,normal_pars_fragment:Fy,normal_pars_vertex:By,normal_vertex:zy,normalmap_pars_fragment:ky,clearcoat_normal_fragment_begin:Hy,clearcoat_normal_fragment_maps:Vy,clearcoat_pars_fragment:Gy,iridescence_pars_fragment:Wy,opaque_fragment:Xy,packing:Zy,premultiplied_alpha_fragment:qy,project_vertex:Yy,dithering_fragment:$y,dithering_pars_fragment:jy,roughnessmap_fragment:Ky,roughnessmap_pars_fragment:Jy,shadowmap_pars_fragment:Qy,shadowmap_pars_vertex:tx,shadowmap_vertex:ex,shadowmask_pars_fragment:ix,skinbase_vertex:nx,skinning_pars_vertex:sx,skinning_vertex:rx,skinnormal_vertex:ox,specularmap_fragment:ax,specularmap_pars_fragment:lx,tonemapping_fragment:cx,tonemapping_pars_fragment:hx,transmission_fragment:ux,transmission_pars_fragment:dx,uv_pars_fragment:fx,uv_pars_vertex:px,uv_vertex:mx,worldpos_vertex:gx,background_vert:_x,background_frag:vx,backgroundCube_vert:yx,backgroundCube_frag:xx,cube_vert:Mx,cube_frag:bx,depth_vert:Sx,depth_frag:wx,distance_vert:Ex,distance_frag:Tx,equirect_vert:Ax,equirect_frag:Px,linedashed_vert:Cx,linedashed_frag:Rx,meshbasic_vert:Lx,meshbasic_frag:Ix,meshlambert_vert:Dx,meshlambert_frag:Nx,meshmatcap_vert:Ox,meshmatcap_frag:Ux,meshnormal_vert:Fx,meshnormal_frag:Bx,meshphong_vert:zx,meshphong_frag:kx,meshphysical_vert:Hx,meshphysical_frag:Vx,meshtoon_vert:Gx,meshtoon_frag:Wx,points_vert:Xx,points_frag:Zx,shadow_vert:qx,shadow_frag:Yx,sprite_vert:$x,sprite_frag:jx},Lt={common:{diffuse:{value:new se(16777215)},opacity:{value:1},map:{value:null},mapTransform:{value:new Jt},alphaMap:{value:null},alphaMapTransform:{value:new Jt},alphaTest:{value:0}},specularmap:{specularMap:{value:null},specularMapTransform:{value:new Jt}},envmap:{envMap:{value:null},envMapRotation:{value:new Jt},reflectivity:{value:1},ior:{value:1.5},refractionRatio:{value:.98},dfgLUT:{value:null}},aomap:{aoMap:{value:null},aoMapIntensity:{value:1},aoMapTransform:{value:new Jt}},lightmap:{lightMap:{value:null},lightMapIntensity:{value:1},lightMapTransform:{value:new Jt}},bumpmap:{bumpMap:{value:null},bumpMapTransform:{value:new Jt},bumpScale:{value:1}},normalmap:{normalMap:{value:null},normalMapTransform:{value:new Jt},normalScale:{value:new Ht(1,1)}},displacementmap:{displacementMap:{value:null},displacementMapTransform:{value:new Jt},displacementScale:{value:1},displacementBias:{value:0}},emissivemap:{emissiveMap:{value:null},emissiveMapTransform:{value:new Jt}},metalnessmap:{metalnessMap:{value:null},metalnessMapTransform:{value:new Jt}},roughnessmap:{roughnessMap:{value:null},roughnessMapTransform:{value:new Jt}},gradientmap:{gradientMap:{value:null}},fog:{fogDensity:{value:25e-5},fogNear:{value:1},fogFar:{value:2e3},fogColor:{value:new se(16777215)}},lights:{ambientLightColor:{value:[]},lightProbe:{value:[]},sunLights:{value:[],properties:{direction:{},color:{}}},sunLightShadows:{value:[],properties:{shadowIntensity:1,shadowBias:{},shadowNormalBias:{},shadowRadius:{},shadowMapSize:{}}},sunShadowMatrix:{value:[]},sunShadowCascade:{value:[]},directionalLights:{value:[],properties:{direction:{},color:{}}},directionalLightShadows:{value:[],properties:{shadowIntensity:1,shadowBias:{},shadowNormalBias:{},shadowRadius:{},shadowMapSize:{}}},directionalShadowMatrix:{value:[]},spotLights:{value:[],properties:{color:{},position:{},direction:{},distance:{},coneCos:{},penumbraCos:{},decay:{}}},spotLightShadows:{value:[],properties:{shadowIntensity:1,shadowBias:{},shadowNormalBias:{},shadowRadius:{},shadowMapSize:{}}},spotLightMap:{value:[]},spotLightMatrix:{value:[]},pointLights:{value:[],properties:{color:{},position:{},decay:{},distance:{}}},pointLightShadows:{value:[],properties:{shadowIntensity:1,shadowBias:{},shadowNormalBias:{},shadowRadius:{},shadowMapSize:{},shadowCameraNear:{},shadowCameraFar:{}}},pointShadowMatrix:{value:[]},hemisphereLights:{value:[],properties:{direction:{},skyColor:{},groundColor:{}}},rectAreaLights:{value:[],properties:{color:{},position:{},width:{},height:{}}},ltc_1:{value:null},ltc_2:{value:null},probesSH:{value:[]},probesMin:{value:[]},probesMax:{value:[]},probesResolution:{value:[]}},points:{diffuse:{value:new se(16777215)},opacity:{value:1},size:{value:1},scale:{value:1},map:{value:null},alphaMap:{value:null},alphaMapTransform:{value:new Jt},alphaTest:{value:0},uvTransform:{value:new Jt}},sprite:{diffuse:{value:new se(16777215)},opacity:{value:1},center:{value:new Ht(.5,.5)},rotation:{value:0},map:{value:null},mapTransform:{value:new Jt},alphaMap:{value:null},alphaMapTransform:{value:new Jt},alphaTest:{value:0}}},Sn={basic:{uniforms:ui([Lt.common,Lt.specularmap,Lt.envmap,Lt.aomap,Lt.lightmap,Lt.fog]),vertexShader:ie.meshbasic_vert,fragmentShader:ie.meshbasic_frag},lambert:{uniforms:ui([Lt.common,Lt.specularmap,Lt.envmap,Lt.aomap,Lt.lightmap,Lt.emissivemap,Lt.bumpmap,Lt.normalmap,Lt.displacementmap,Lt.fog,Lt.lights,{emissive:{value:new se(0)},envMapIntensity:{value:1}}]),vertexShader:ie.meshlambert_vert,fragmentShader:ie.meshlambert_frag},phong:{uniforms:ui([Lt.common,Lt.specularmap,Lt.envmap,Lt.aomap,Lt.lightmap,Lt.emissivemap,Lt.bumpmap,Lt.normalmap,Lt.displacementmap,Lt.fog,Lt.lights,{emissive:{value:new se(0)},specular:{value:new se(1118481)},shininess:{value:30},envMapIntensity:{value:1}}]),vertexShader:ie.meshphong_vert,fragmentShader:ie.meshphong_frag},standard:{uniforms:ui([Lt.common,Lt.envmap,Lt.aomap,Lt.lightmap,Lt.emissivemap,Lt.bumpmap,Lt.normalmap,Lt.displacementmap,Lt.roughnessmap,Lt.metalnessmap,Lt.fog,Lt.lights,{emissive:{value:new se(0)},roughness:{value:1},metalness:{value:0},envMapIntensity:{value:1}}]),vertexShader:ie.meshphysical_vert,fragmentShader:ie.meshphysical_frag},toon:{uniforms:ui([Lt.common,Lt.aomap,Lt.lightmap,Lt.emissivemap,Lt.bumpmap,Lt.normalmap,Lt.displacementmap,Lt.gradientmap,Lt.fog,Lt.lights,{emissive:{value:new se(0)}}]),vertexShader:ie.meshtoon_vert,fragmentShader:ie.meshtoon_frag},matcap:{uniforms:ui([Lt.common,Lt.bumpmap,Lt.normalmap,Lt.displacementmap,Lt.fog,{matcap:{value:null}}]),vertexShader:ie.meshmatcap_vert,fragmentShader:ie.meshmatcap_frag},points:{uniforms:ui([Lt.points,Lt.fog]),vertexShader:ie.points_vert,fragmentShader:ie.points_frag},dashed:{uniforms:ui([Lt.common,Lt.fog,{scale:{value:1},dashSize:{value:1},totalSize:{value:2}}]),vertexShader:ie.linedashed_vert,fragmentShader:ie.linedashed_frag},depth:{uniforms:ui([Lt.common,Lt.displacementmap]),vertexShader:ie.depth_vert,fragmentShader:ie.depth_frag},normal:{uniforms:ui([Lt.common,Lt.bumpmap,Lt.normalmap,Lt.displacementmap,{opacity:{value:1}}]),vertexShader:ie.meshnormal_vert,fragmentShader:ie.meshnormal_frag},sprite:{uniforms:ui([Lt.sprite,Lt.fog]),vertexShader:ie.sprite_vert,fragmentShader:ie.sprite_frag},background:{uniforms:{uvTransform:{value:new Jt},t2D:{value:null},backgroundIntensity:{value:1}},vertexShader:ie.background_vert,fragmentShader:ie.background_frag},backgroundCube:{uniforms:{envMap:{value:null},backgroundBlurriness:{value:0},backgroundIntensity:{value:1},backgroundRotation:{value:new Jt}},vertexShader:ie.backgroundCube_vert,fragmentShader:ie.backgroundCube_frag},cube:{uniforms:{tCube:{value:null},tFlip:{value:-1},opacity:{value:1}},vertexShader:ie.cube_vert,fragmentShader:ie.cube_frag},equirect:{uniforms:{tEquirect:{value:null}},vertexShader:ie.equirect_vert,fragmentShader:ie.equirect_frag},distance:{uniforms:ui([Lt.common,Lt.displacementmap,{referencePosition:{value:new F},nearDistance:{value:1},farDistance:{value:1e3}}]),vertexShader:ie.distance_vert,fragmentShader:ie.distance_frag},shadow:{uniforms:ui([Lt.lights,Lt.fog,{color:{value:new se(0)},opacity:{value:1}}]),vertexShader:ie.shadow_vert,fragmentShader:ie.shadow_frag}};Sn.physical={uniforms:ui([Sn.standard.uniforms,{clearcoat:{value:0},clearcoatMap:{value:null},clearcoatMapTransform:{value:new Jt},clearcoatNormalMap:{value:null},clearcoatNormalMapTransform:{value:new Jt},clearcoatNormalScale:{value:new Ht(1,1)},clearcoatRoughness:{value:0},clearcoatRoughnessMap:{value:null},clearcoatRoughnessMapTransform:{value:new Jt},diffuseRoughness:{value:0},diffuseRoughnessMap:{value:null},diffuseRoughnessMapTransform:{value:new Jt},dispersion:{value:0},retroreflectivity:{value:0},iridescence:{value:0},iridescenceMap:{value:null},iridescenceMapTransform:{value:new Jt},iridescenceIOR:{value:1.3},iridescenceThicknessMinimum:{value:100},iridescenceThicknessMaximum:{value:400},iridescenceThicknessMap:{value:null},iridescenceThicknessMapTransform:{value:new Jt},sheen:{value:0},sheenColor:{value:new se(0)},sheenColorMap:{value:null},sheenColorMapTransform:{value:new Jt},sheenRoughness:{value:1},sheenRoughnessMap:{value:null},sheenRoughnessMapTransform:{value:new Jt},transmission:{value:0},transmissionMap:{value:null},transmissionMapTransform:{value:new Jt},transmissionSamplerSize:{value:new Ht},transmissionSamplerMap:{value:null},thickness:{value:0},thicknessMap:{value:null},thicknessMapTransform:{value:new Jt},attenuationDistance:{value:0},attenuationColor:{value:new se(0)},specularColor:{value:new se(1,1,1)},specularColorMap:{value:null},specularColorMapTransform:{value:new Jt},specularIntensity:{value:1},specularIntensityMap:{value:null},specularIntensityMapTransform:{value:new Jt},anisotropyVector:{value:new Ht},anisotropyMap:{value:null},anisotropyMapTransform:{value:new Jt}}]),vertexShader:ie.meshphysical_vert,fragmentShader:ie.meshphysical_frag};var Jl={r:0,b:0,g:0},Kx=new ce,em=new Jt;em.set(-1,0,0,0,1,0,0,0,1);function Jx(n,t,e,i,r,o){let l=new se(0),c=r===!0?0:1,u,d,p=null,m=0,g=null;function _(A){let I=A.isScene===!0?A.background:null;if(I&&I.isTexture){let P=A.backgroundBlurriness>0;I=t.get(I,P)}return I}function M(A){let I=!1,P=_(A);P===null?x(l,c):P&&P.isColor&&(x(P,1),I=!0);let N=n.xr.getEnvironmentBlendMode();N==="additive"?e.buffers.color.setClear(0,0,0,1,o):N==="alpha-blend"&&e.buffers.color.setClear(0,0,0,0,o),(n.autoClear||I)&&(e.buffers.depth.setTest(!0),e.buffers.depth.setMask(!0),e.buffers.color.setMask(!0),n.clear(n.autoClearColor,n.autoClearDepth,n.autoClearStencil))}function T(A,I){let P=_(I);P&&P.isCubeTexture?(d===void 0&&(d=new Qe(new wr(1,1,1),new ti({name:"BackgroundCubeMaterial",uniforms:ks(Sn.backgroundCube.uniforms),vertexShader:Sn.backgroundCube.vertexShader,fragmentShader:Sn.backgroundCube.fragmentShader,side:xi,depthTest:!1,depthWrite:!1,fog:!1,allowOverride:!1})),d.geometry.deleteAttribute("normal"),d.geometry.deleteAttribute("uv"),d.onBeforeRender=function(N,D,b){this.matrixWorld.copyPosition(b.matrixWorld)},Object.defineProperty(d.material,"envMap",{get:function(){return this.uniforms.envMap.value}}),i.update(d)),d.material.uniforms.envMap.value=P,d.material.uniforms.backgroundBlurriness.value=I.backgroundBlurriness,d.material.uniforms.backgroundIntensity.value=I.backgroundIntensity,d.material.uniforms.backgroundRotation.value.setFromMatrix4(Kx.makeRotationFromEuler(I.backgroundRotation)).transpose(),P.isRenderTargetTexture===!1&&d.material.uniforms.backgroundRotation.value.premultiply(em),d.material.toneMapped=ae.getTransfer(P.colorSpace)!==ve,(p!==P||m!==P.version||g!==n.toneMapping)&&(d.material.needsUpdate=!0,p=P,m=P.version,g=n.toneMapping),d.layers.enableAll(),A.unshift(d,d.geometry,d.material,0,0,null)):P&&P.isTexture&&(u===void 0&&(u=new Qe(new Wn(2,2),new ti({name:"BackgroundMaterial",uniforms:ks(Sn.background.uniforms),vertexShader:Sn.background.vertexShader,fragmentShader:Sn.background.fragmentShader,side:fs,depthTest:!1,depthWrite:!1,fog:!1,allowOverride:!1})),u.geometry.deleteAttribute("normal"),Object.defineProperty(u.material,"map",{get:function(){return this.uniforms.t2D.value}}),i.update(u)),u.material.uniforms.t2D.value=P,u.material.uniforms.backgroundIntensity.value=I.backgroundIntensity,u.material.toneMapped=ae.getTransfer(P.colorSpace)!==ve,P.matrixAutoUpdate===!0&&P.updateMatrix(),u.material.uniforms.uvTransform.value.copy(P.matrix),(p!==P||m!==P.version||g!==n.toneMapping)&&(u.material.needsUpdate=!0,p=P,m=P.version,g=n.toneMapping),u.layers.enableAll(),A.unshift(u,u.geometry,u.material,0,0,null))}function x(A,I){A.getRGB(Jl,Su(n)),e.buffers.color.setClear(Jl.r,Jl.g,Jl.b,I,o)}function y(){d!==void 0&&(d.geometry.dispose(),d.material.dispose(),d=void 0),u!==void 0&&(u.geometry.dispose(),u.material.dispose(),u=void 0)}return{getClearColor:function(){return l},setClearColor:function(A,I=1){l.set(A),c=I,x(l,c)},getClearAlpha:function(){return c},setClearAlpha:function(A){c=A,x(l,c)},render:M,addToRenderList:T,dispose:y}}function Qx(n,t){let e=n.getParameter(n.MAX_VERTEX_ATTRIBS),i={},r=g(null),o=r,l=!1;function c(G,K,ot,B,it){let Z=!1,et=m(G,B,ot,K);o!==et&&(o=et,d(o.object)),Z=_(G,B,ot,it),Z&&M(G,B,ot,it),it!==null&&t.update(it,n.ELEMENT_ARRAY_BUFFER),(Z||l)&&(l=!1,P(G,K,ot,B),it!==null&&n.bindBuffer(n.ELEMENT_ARRAY_BUFFER,t.get(it).buffer))}function u(){return n.createVertexArray()}function d(G){return n.bindVertexArray(G)}function p(G){return n.deleteVertexArray(G)}function m(G,K,ot,B){let it=B.wireframe===!0,Z=i[K.id];Z===void 0&&(Z={},i[K.id]=Z);let et=G.isInstancedMesh===!0?G.id:0,nt=Z[et];nt===void 0&&(nt={},Z[et]=nt);let J=nt[ot.id];J===void 0&&(J={},nt[ot.id]=J);let ct=J[it];return ct===void 0&&(ct=g(u()),J[it]=ct),ct}function g(G){let K=[],ot=[],B=[];for(let it=0;it<e;it++)K[it]=0,ot[it]=0,B[it]=0;return{geometry:null,program:null,wireframe:!1,newAttributes:K,enabledAttributes:ot,attributeDivisors:B,object:G,attributes:{},index:null}}function _(G,K,ot,B){let it=o.attributes,Z=K.attributes,et=0,nt=ot.getAttributes();for(let J in nt)if(nt[J].location>=0){let dt=it[J],At=Z[J];if(At===void 0&&(J==="instanceMatrix"&&G.instanceMatrix&&(At=G.instanceMatrix),J==="instanceColor"&&G.instanceColor&&(At=G.instanceColor)),dt===void 0||dt.attribute!==At||At&&dt.data!==At.data)return!0;et++}return o.attributesNum!==et||o.index!==B}function M(G,K,ot,B){let it={},Z=K.attributes,et=0,nt=ot.getAttributes();for(let J in nt)if(nt[J].location>=0){let dt=Z[J];dt===void 0&&(J==="instanceMatrix"&&G.instanceMatrix&&(dt=G.instanceMatrix),J==="instanceColor"&&G.instanceColor&&(dt=G.instanceColor));let At={};At.attribute=dt,dt&&dt.data&&(At.data=dt.data),it[J]=At,et++}o.attributes=it,o.attributesNum=et,o.index=B}function T(){let G=o.newAttributes;for(let K=0,ot=G.length;K<ot;K++)G[K]=0}function x(G){y(G,0)}function y(G,K){let ot=o.newAttributes,B=o.enabledAttributes,it=o.attributeDivisors;ot[G]=1,B[G]===0&&(n.enableVertexAttribArray(G),B[G]=1),it[G]!==K&&(n.vertexAttribDivisor(G,K),it[G]=K)}function A(){let G=o.newAttributes,K=o.enabledAttributes;for(let ot=0,B=K.length;ot<B;ot++)K[ot]!==G[ot]&&(n.disableVertexAttribArray(ot),K[ot]=0)}function I(G,K,ot,B,it,Z,et){et===!0?n.vertexAttribIPointer(G,K,ot,it,Z):n.vertexAttribPointer(G,K,ot,B,it,Z)}function P(G,K,ot,B){T();let it=B.attributes,Z=ot.getAttributes(),et=K.defaultAttributeValues;for(let nt in Z){let J=Z[nt];if(J.location>=0){let ct=it[nt];if(ct===void 0&&(nt==="instanceMatrix"&&G.instanceMatrix&&(ct=G.instanceMatrix),nt==="instanceColor"&&G.instanceColor&&(ct=G.instanceColor)),ct!==void 0){let dt=ct.normalized,At=ct.itemSize,It=t.get(ct);if(It===void 0)continue;let j=It.buffer,wt=It.type,Dt=It.bytesPerElement,kt=wt===n.INT||wt===n.UNSIGNED_INT||ct.gpuType===gl;if(ct.isInterleavedBufferAttribute){let Ct=ct.data,Qt=Ct.isInterleavedBuffer===!0?Ct.stride:Ct.itemSize,Se=ct.offset;if(Ct.isInstancedInterleavedBuffer||Ct.isInstancedBufferAttribute){for(let Vt=0;Vt<J.locationSize;Vt++)y(J.location+Vt,Ct.meshPerAttribute);G.isInstancedMesh!==!0&&B._maxInstanceCount===void 0&&(B._maxInstanceCount=Ct.meshPerAttribute*Ct.count)}else for(let Vt=0;Vt<J.locationSize;Vt++)x(J.location+Vt);n.bindBuffer(n.ARRAY_BUFFER,j);for(let Vt=0;Vt<J.locationSize;Vt++)I(J.location+Vt,At/J.locationSize,wt,dt,Qt*Dt,(Se+At/J.locationSize*Vt)*Dt,kt)}else{if(ct.isInstancedBufferAttribute){for(let Ct=0;Ct<J.locationSize;Ct++)y(J.location+Ct,ct.meshPerAttribute);G.isInstancedMesh!==!0&&B._maxInstanceCount===void 0&&(B._maxInstanceCount=ct.meshPerAttribute*ct.count)}else for(let Ct=0;Ct<J.locationSize;Ct++)x(J.location+Ct);n.bindBuffer(n.ARRAY_BUFFER,j);for(let Ct=0;Ct<J.locationSize;Ct++)I(J.location+Ct,At/J.locationSize,wt,dt,At*Dt,At/J.locationSize*Ct*Dt,kt)}}else if(et!==void 0){let dt=et[nt];if(dt!==void 0)switch(dt.length){case 2:n.vertexAttrib2fv(J.location,dt);break;case 3:n.vertexAttrib3fv(J.location,dt);break;case 4:n.vertexAttrib4fv(J.location,dt);break;default:n.vertexAttrib1fv(J.location,dt)}}}}A()}function N(){X();for(let G in i){let K=i[G];for(let ot in K){let B=K[ot];for(let it in B){let Z=B[it];for(let et in Z)p(Z[et].object),delete Z[et];delete B[it]}}delete i[G]}}function D(G){if(i[G.id]===void 0)return;let K=i[G.id];for(let ot in K){let B=K[ot];for(let it in B){let Z=B[it];for(let et in Z)p(Z[et].object),delete Z[et];delete B[it]}}delete i[G.id]}function b(G){for(let K in i){let ot=i[K];for(let B in ot){let it=ot[B];if(it[G.id]===void 0)continue;let Z=it[G.id];for(let et in Z)p(Z[et].object),delete Z[et];delete it[G.id]}}}function C(G){for(let K in i){let ot=i[K],B=G.isInstancedMesh===!0?G.id:0,it=ot[B];if(it!==void 0){for(let Z in it){let et=it[Z];for(let nt in et)p(et[nt].object),delete et[nt];delete it[Z]}delete ot[B],Object.keys(ot).length===0&&delete i[K]}}}function X(){z(),l=!0,o!==r&&(o=r,d(o.object))}function z(){r.geometry=null,r.program=null,r.wireframe=!1}return{setup:c,reset:X,resetDefaultState:z,dispose:N,releaseStatesOfGeometry:D,releaseStatesOfObject:C,releaseStatesOfProgram:b,initAttributes:T,enableAttribute:x,disableUnusedAttributes:A}}function tM(n,t,e){let i;function r(u){i=u}function o(u,d){n.drawArrays(i,u,d),e.update(d,i,1)}function l(u,d,p){p!==0&&(n.drawArraysInstanced(i,u,d,p),e.update(d,i,p))}function c(u,d,p){if(p===0)return;t.get("WEBGL_multi_draw").multiDrawArraysWEBGL(i,u,0,d,0,p);let g=0;for(let _=0;_<p;_++)g+=d[_];e.update(g,i,1)}this.setMode=r,this.render=o,this.renderInstances=l,this.renderMultiDraw=c}function eM(n,t,e,i){let r;function o(){if(r!==void 0)return r;if(t.has("EXT_texture_filter_anisotropic")===!0){let b=t.get("EXT_texture_filter_anisotropic");r=n.getParameter(b.MAX_TEXTURE_MAX_ANISOTROPY_EXT)}else r=0;return r}function l(b){return!(b!==pn&&i.convert(b)!==n.getParameter(n.IMPLEMENTATION_COLOR_READ_FORMAT))}function c(b){let C=b===Gi&&(t.has("EXT_color_buffer_half_float")||t.has("EXT_color_buffer_float"));return!(b!==Hi&&b!==fn&&!C&&i.convert(b)!==n.getParameter(n.IMPLEMENTATION_COLOR_READ_TYPE))}function u(b){if(b==="highp"){if(n.getShaderPrecisionFormat(n.VERTEX_SHADER,n.HIGH_FLOAT).precision>0&&n.getShaderPrecisionFormat(n.FRAGMENT_SHADER,n.HIGH_FLOAT).precision>0)return"highp";b="mediump"}return b==="mediump"&&n.getShaderPrecisionFormat(n.VERTEX_SHADER,n.MEDIUM_FLOAT).precision>0&&n.getShaderPrecisionFormat(n.FRAGMENT_SHADER,n.MEDIUM_FLOAT).precision>0?"mediump":"lowp"}let d=e.precision!==void 0?e.precision:"highp",p=u(d);p!==d&&(Zt("WebGLRenderer:",d,"not supported, using",p,"instead."),d=p);let m=e.reversedDepthBuffer===!0&&t.has("EXT_clip_control"),g=e.logarithmicDepthBuffer===!0&&m===!1;e.reversedDepthBuffer===!0&&m===!1&&Zt("WebGLRenderer: Unable to use reversed depth buffer due to missing EXT_clip_control extension. Fallback to default depth buffer."),e.logarithmicDepthBuffer===!0&&m===!0&&Zt("WebGLRenderer: Logarithmic depth buffer is ignored when reversed depth buffer is enabled.");let _=n.getParameter(n.MAX_TEXTURE_IMAGE_UNITS),M=n.getParameter(n.MAX_VERTEX_TEXTURE_IMAGE_UNITS),T=n.getParameter(n.MAX_TEXTURE_SIZE),x=n.getParameter(n.MAX_CUBE_MAP_TEXTURE_SIZE),y=n.getParameter(n.MAX_VERTEX_ATTRIBS),A=n.getParameter(n.MAX_VERTEX_UNIFORM_VECTORS),I=n.getParameter(n.MAX_VARYING_VECTORS),P=n.getParameter(n.MAX_FRAGMENT_UNIFORM_VECTORS),N=n.getParameter(n.MAX_SAMPLES),D=n.getParameter(n.SAMPLES);return{isWebGL2:!0,getMaxAnisotropy:o,getMaxPrecision:u,textureFormatReadable:l,textureTypeReadable:c,precision:d,logarithmicDepthBuffer:g,reversedDepthBuffer:m,maxTextures:_,maxVertexTextures:M,maxTextureSize:T,maxCubemapSize:x,maxAttributes:y,maxVertexUniforms:A,maxVaryings:I,maxFragmentUniforms:P,maxSamples:N,samples:D}}function iM(n){let t=this,e=null,i=0,r=!1,o=!1,l=new Bi,c=new Jt,u={value:null,needsUpdate:!1};this.uniform=u,this.numPlanes=0,this.numIntersection=0,this.init=function(m,g){let _=m.length!==0||g||i!==0||r;return r=g,i=m.length,_},this.beginShadows=function(){o=!0,p(null)},this.endShadows=function(){o=!1},this.setGlobalState=function(m,g){e=p(m,g,0)},this.setState=function(m,g,_){let M=m.clippingPlanes,T=m.clipIntersection,x=m.clipShadows,y=n.get(m);if(!r||M===null||M.length===0||o&&!x)o?p(null):d();else{let A=o?0:i,I=A*4,P=y.clippingState||null;u.value=P,P=p(M,g,I,_);for(let N=0;N!==I;++N)P[N]=e[N];y.clippingState=P,this.numIntersection=T?this.numPlanes:0,this.numPlanes+=A}};function d(){u.value!==e&&(u.value=e,u.needsUpdate=i>0),t.numPlanes=i,t.numIntersection=0}function p(m,g,_,M){let T=m!==null?m.length:0,x=null;if(T!==0){if(x=u.value,M!==!0||x===null){let y=_+T*4,A=g.matrixWorldInverse;c.getNormalMatrix(A),(x===null||x.length<y)&&(x=new Float32Array(y));for(let I=0,P=_;I!==T;++I,P+=4)l.copy(m[I]).applyMatrix4(A,c),l.normal.toArray(x,P),x[P+3]=l.constant}u.value=x,u.needsUpdate=!0}return t.numPlanes=T,t.numIntersection=0,x}}var Oo=class extends hi{constructor(t=1,e={}){super(t,t,e),this.isWebGLCubeRenderTarget=!0;let i={width:t,height:t,depth:1},r=[i,i,i,i,i,i];this.texture=new go(r),this._setTextureOptions(e),this.texture.isRenderTargetTexture=!0}fromEquirectangularTexture(t,e){this.texture.type=e.type,this.texture.colorSpace=e.colorSpace,this.texture.generateMipmaps=e.generateMipmaps,this.texture.minFilter=e.minFilter,this.texture.magFilter=e.magFilter;let i={uniforms:{tEquirect:{value:null}},vertexShader:`

				varying vec3 vWorldDirection;

				vec3 transformDirection( in vec3 dir, in mat4 matrix ) {

					return normalize( ( matrix * vec4( dir, 0.0 ) ).xyz );

				}

				void main() {

					vWorldDirection = transformDirection( position, modelMatrix );

					#include <begin_vertex>
					#include <project_vertex>

				}
			`,fragmentShader:`

				uniform sampler2D tEquirect;

				varying vec3 vWorldDirection;

				#include <common>

				void main() {

					vec3 direction = normalize( vWorldDirection );

					vec2 sampleUV = equirectUv( direction );

					gl_FragColor = texture2D( tEquirect, sampleUV );

				}
			`},r=new wr(5,5,5),o=new ti({name:"CubemapFromEquirect",uniforms:ks(i.uniforms),vertexShader:i.vertexShader,fragmentShader:i.fragmentShader,side:xi,blending:Zn});o.uniforms.tEquirect.value=e;let l=new Qe(r,o),c=e.minFilter;return e.minFilter===ki&&(e.minFilter=yi),new Tr(1,10,this).update(t,l),e.minFilter=c,l.geometry.dispose(),l.material.dispose(),this}clear(t,e=!0,i=!0,r=!0){let o=t.getRenderTarget();for(let l=0;l<6;l++)t.setRenderTarget(this,l),t.clear(e,i,r);t.setRenderTarget(o)}},Dp=256,nM=3,sM=20,im=256,nm=16,rM=3,oM=new F,aM=new se,tc=class n{constructor(t){this._renderer=t,this._cubeSize=0,this._sourceTarget=null,this._cubeCamera=new Tr(1,10,null),this._boxMesh=new Qe(new wr(5,5,5),null),this._cubemapMaterial=null,this._equirectMaterial=null,this._blurMaterial=null,this._ggxMaterial=null,this._integrationMaterial=null}fromScene(t,e=0,i=.1,r=100,o={}){let{size:l=256,position:c=oM}=o,u=this._renderer;this._setSize(l);let d=this._allocateTarget(),p=this._getSourceTarget(!0);e>0&&(p.texture.mipmapsAutoUpdate=!1);let m=u.autoClear,g=u.autoClearColor,_=u.autoClearDepth,M=u.autoClearStencil,T=t.background;u.autoClear=!0,u.autoClearColor=!0,u.autoClearDepth=!0,u.autoClearStencil=!0,T===null&&(t.background=u.getClearColor(aM));let x=new Tr(i,r,p);return x.position.copy(c),x.update(u,t),u.autoClear=m,u.autoClearColor=g,u.autoClearDepth=_,u.autoClearStencil=M,t.background=T,e>0&&(p.texture.mipmapsAutoUpdate=!0,this._blur(d,e)),this._applyPMREM(d),d}fromEquirectangular(t,e=null){return this._fromTexture(t,e)}fromCubemap(t,e=null){return this._fromTexture(t,e)}compileCubemapShader(){this._cubemapMaterial===null&&(this._cubemapMaterial=Up(),this._compileMaterial(this._cubemapMaterial))}compileEquirectangularShader(){this._equirectMaterial===null&&(this._equirectMaterial=Op(),this._compileMaterial(this._equirectMaterial))}dispose(){this._sourceTarget!==null&&this._sourceTarget.dispose(),this._cubemapMaterial!==null&&this._cubemapMaterial.dispose(),this._equirectMaterial!==null&&this._equirectMaterial.dispose(),this._blurMaterial!==null&&this._blurMaterial.dispose(),this._ggxMaterial!==null&&this._ggxMaterial.dispose(),this._integrationMaterial!==null&&this._integrationMaterial.dispose(),this._boxMesh.geometry.dispose()}static lodToRoughness(t,e){return e>0?1-Math.sqrt(1-t/e):0}_setSize(t){this._cubeSize=Math.max(Dp,xu(t))}_fromTexture(t,e){t.mapping===Bs||t.mapping===Cr?this._setSize(t.image.length===0?Dp:t.image[0].width||t.image[0].image.width):this._setSize(t.image.width/4);let i=e||this._allocateTarget();return this._textureToCubemap(t),this._applyPMREM(i),i}_allocateTarget(){let t=this._cubeSize,e=Np(t,!1,!1),i=Math.log2(t)-nM;for(let r=0;r<=i;r++)e.texture.mipmaps.push({width:t>>r,height:t>>r});return e.texture.name="PMREM",e.texture.isPMREMTexture=!0,e}_getSourceTarget(t=!1){let e=this._cubeSize,i=this._sourceTarget;return(i===null||i.width!==e||t&&i.depthBuffer===!1)&&(i!==null&&i.dispose(),this._sourceTarget=Np(e,!0,t)),this._sourceTarget}_compileMaterial(t){this._boxMesh.material=t,this._renderer.compile(this._boxMesh,this._cubeCamera.children[0])}_renderCube(t,e,i){let r=this._boxMesh,o=this._cubeCamera;r.material=i,o.renderTarget=t,o.activeMipmapLevel=e;let l=t.width>>e;t.viewport.set(0,0,l,l),o.update(this._renderer,r),t.viewport.set(0,0,t.width,t.height)}_textureToCubemap(t){let e;t.mapping===Bs||t.mapping===Cr?(this._cubemapMaterial===null&&(this._cubemapMaterial=Up()),e=this._cubemapMaterial,e.uniforms.flipEnvMap.value=t.isRenderTargetTexture===!1?-1:1):(this._equirectMaterial===null&&(this._equirectMaterial=Op()),e=this._equirectMaterial),e.uniforms.envMap.value=t,this._renderCube(this._getSourceTarget(),0,e)}_applyPMREM(t){this._ggxMaterial===null&&(this._ggxMaterial=lM(),this._integrationMaterial=cM());let e=this._cubeSize,i=t.texture.mipmaps.length-1,r=this._ggxMaterial.uniforms;r.envMap.value=this._sourceTarget.texture;let o=this._integrationMaterial.uniforms;o.envMap.value=this._sourceTarget.texture,o.sourceLod.value=Math.log2(e/nm);for(let l=0;l<=i;l++){let c=n.lodToRoughness(l,i);if(l>i-rM)o.roughness.value=c,this._renderCube(t,l,this._integrationMaterial);else{let u=c>0?Math.log2(e)+.5*Math.log2(6/(im*Math.pow(c,4)))+.5:0;r.roughness.value=c,r.lodBias.value=u,this._renderCube(t,l,this._ggxMaterial)}}}_blur(t,e){this._blurMaterial===null&&(this._blurMaterial=hM());let i=this._blurMaterial,r=i.uniforms,o=this._sourceTarget;r.sigma.value=Math.min(e,Math.PI)/Math.SQRT2,r.envMap.value=o.texture,this._renderCube(t,0,i),r.envMap.value=t.texture,this._renderCube(o,0,i)}};function Np(n,t,e){return new Oo(n,{minFilter:ki,generateMipmaps:t,type:Gi,colorSpace:Ds,depthBuffer:e})}function Uo(n,t,e){return new ti({name:n,uniforms:t,vertexShader:ie.cube_vert,fragmentShader:e,side:xi,blending:Zn,depthTest:!1,depthWrite:!1})}function lM(){return Uo("PMREMGGXConvolution",{envMap:{value:null},roughness:{value:0},lodBias:{value:0}},`

		#define GGX_SAMPLES ${im}u

		varying vec3 vWorldDirection;

		uniform samplerCube envMap;
		uniform float roughness;
		uniform float lodBias;

		#include <common>

		// Van der Corput radical inverse
		float radicalInverse_VdC( uint bits ) {

			bits = ( bits << 16u ) | ( bits >> 16u );
			bits = ( ( bits & 0x55555555u ) << 1u ) | ( ( bits & 0xAAAAAAAAu ) >> 1u );
			bits = ( ( bits & 0x33333333u ) << 2u ) | ( ( bits & 0xCCCCCCCCu ) >> 2u );
			bits = ( ( bits & 0x0F0F0F0Fu ) << 4u ) | ( ( bits & 0xF0F0F0F0u ) >> 4u );
			bits = ( ( bits & 0x00FF00FFu ) << 8u ) | ( ( bits & 0xFF00FF00u ) >> 8u );
			return float( bits ) * 2.3283064365386963e-10; // / 0x100000000

		}

		// Hammersley sequence
		vec2 hammersley( uint i, uint N ) {

			return vec2( float( i ) / float( N ), radicalInverse_VdC( i ) );

		}

		void main() {

			vec3 N = normalize( vWorldDirection );

			// For very low roughness, just sample the environment directly
			if ( roughness < 0.001 ) {

				gl_FragColor = vec4( textureLod( envMap, N, 0.0 ).rgb, 1.0 );
				return;

			}

			float alpha = roughness * roughness;
			float alpha2 = alpha * alpha;

			// Tangent space basis for VNDF sampling
			vec3 up = abs( N.z ) < 0.999 ? vec3( 0.0, 0.0, 1.0 ) : vec3( 1.0, 0.0, 0.0 );
			vec3 tangent = normalize( cross( up, N ) );
			vec3 bitangent = cross( N, tangent );

			vec3 prefilteredColor = vec3( 0.0 );
			float totalWeight = 0.0;

			for ( uint i = 0u; i < GGX_SAMPLES; i ++ ) {

				vec2 Xi = hammersley( i, GGX_SAMPLES );

				// With V = N, sample the reflected direction directly.
				float invQ = 1.0 / ( 1.0 - Xi.x + alpha2 * Xi.x );
				float NdotL = ( 1.0 - Xi.x - alpha2 * Xi.x ) * invQ;

				if ( NdotL > 0.0 ) {

					float phi = 2.0 * PI * Xi.y;
					float sinTheta = 2.0 * alpha * sqrt( Xi.x * ( 1.0 - Xi.x ) ) * invQ;
					vec3 L = N * NdotL + ( tangent * cos( phi ) + bitangent * sin( phi ) ) * sinTheta;

					// Match the source mip to the sample's solid angle. The terms
					// independent of the sample are precomputed in lodBias.
					float d = alpha2 * invQ;
					float lod = max( log2( d ) + lodBias, 0.0 );

					// Weight by NdotL for the split-sum approximation
					prefilteredColor += textureLod( envMap, L, lod ).rgb * NdotL;
					totalWeight += NdotL;

				}

			}

			gl_FragColor = vec4( prefilteredColor / totalWeight, 1.0 );

		}
	`)}function cM(){return Uo("PMREMGGXIntegration",{envMap:{value:null},roughness:{value:0},sourceLod:{value:0},sourceSize:{value:nm}},`

		varying vec3 vWorldDirection;

		uniform samplerCube envMap;
		uniform float roughness;
		uniform float sourceLod;
		uniform int sourceSize;

		void main() {

			vec3 N = normalize( vWorldDirection );

			float alpha = roughness * roughness;
			float alpha2 = alpha * alpha;

			float texelSize = 2.0 / float( sourceSize );

			vec3 prefilteredColor = vec3( 0.0 );
			float totalWeight = 0.0;

			// Pair opposite texels: only the one in N's hemisphere contributes.
			for ( int face = 0; face < 3; face ++ ) {

				for ( int y = 0; y < sourceSize; y ++ ) {

					for ( int x = 0; x < sourceSize; x ++ ) {

						vec2 uv = ( vec2( x, y ) + 0.5 ) * texelSize - 1.0;
						vec3 texelDirection = face == 0 ? vec3( 1.0, uv ) : ( face == 1 ? vec3( uv.x, 1.0, uv.y ) : vec3( uv, 1.0 ) );

						float invDistance = inversesqrt( 1.0 + dot( uv, uv ) );
						float NdotL = dot( N, texelDirection );
						texelDirection *= NdotL < 0.0 ? - 1.0 : 1.0;
						NdotL = abs( NdotL ) * invDistance;

						// With V = N, NdotH squared is ( 1 + NdotL ) / 2. Common factors
						// in the GGX distribution and texel solid angle cancel when normalized.
						float d = 1.0 + alpha2 + ( alpha2 - 1.0 ) * NdotL;
						float weight = NdotL * invDistance * invDistance * invDistance / ( d * d );

						prefilteredColor += textureLod( envMap, texelDirection, sourceLod ).rgb * weight;
						totalWeight += weight;

					}

				}

			}

			gl_FragColor = vec4( prefilteredColor / totalWeight, 1.0 );

		}
	`)}function hM(){return Uo("PMREMSphericalGaussianBlur",{envMap:{value:null},sigma:{value:0}},`

		#define SAMPLES ${sM}
		#define GOLDEN_ANGLE 2.39996322973

		varying vec3 vWorldDirection;

		uniform samplerCube envMap;
		uniform float sigma;

		#include <common>

		void main() {

			vec3 outputDirection = normalize( vWorldDirection );

			vec3 up = abs( outputDirection.z ) < 0.999 ? vec3( 0.0, 0.0, 1.0 ) : vec3( 1.0, 0.0, 0.0 );
			vec3 tangent = normalize( cross( up, outputDirection ) );
			vec3 bitangent = cross( outputDirection, tangent );

			// Truncate the kernel at three standard deviations or at the antipode.
			float thetaMax = min( 3.0 * sigma, PI );
			float truncation = 1.0 - exp( - 0.5 * thetaMax * thetaMax / ( sigma * sigma ) );

			vec3 accumColor = vec3( 0.0 );
			float accumWeight = 0.0;

			for ( int i = 0; i < SAMPLES; i ++ ) {

				// Stratified inverse-CDF sampling of the Gaussian, placed on a golden-angle spiral.
				float stratum = ( float( i ) + 0.5 ) / float( SAMPLES );
				float theta = sigma * sqrt( - 2.0 * log( 1.0 - stratum * truncation ) );
				float phi = float( i ) * GOLDEN_ANGLE;

				vec3 offset = cos( phi ) * tangent + sin( phi ) * bitangent;
				vec3 sampleDirection = cos( theta ) * outputDirection + sin( theta ) * offset;

				// Correct the planar sample density to solid angle.
				float weight = sin( theta ) / theta;

				accumColor += weight * textureLod( envMap, sampleDirection, 0.0 ).rgb;
				accumWeight += weight;

			}

			gl_FragColor = vec4( accumColor / accumWeight, 1.0 );

		}
	`)}function Op(){return Uo("PMREMEquirectangularToCubemap",{envMap:{value:null}},`

		varying vec3 vWorldDirection;

		uniform sampler2D envMap;

		#include <common>

		void main() {

			// Average four subpixel samples to preserve small, bright features.
			vec3 direction = normalize( vWorldDirection );
			vec3 dx = dFdx( direction ) * 0.25;
			vec3 dy = dFdy( direction ) * 0.25;

			vec3 color = textureLod( envMap, equirectUv( normalize( direction - dx - dy ) ), 0.0 ).rgb;
			color += textureLod( envMap, equirectUv( normalize( direction + dx - dy ) ), 0.0 ).rgb;
			color += textureLod( envMap, equirectUv( normalize( direction - dx + dy ) ), 0.0 ).rgb;
			color += textureLod( envMap, equirectUv( normalize( direction + dx + dy ) ), 0.0 ).rgb;
			gl_FragColor = vec4( color * 0.25, 1.0 );

		}
	`)}function Up(){return Uo("PMREMCubemapToCubemap",{envMap:{value:null},flipEnvMap:{value:-1}},`

		varying vec3 vWorldDirection;

		uniform samplerCube envMap;
		uniform float flipEnvMap;

		void main() {

			gl_FragColor = vec4( textureCube( envMap, vec3( flipEnvMap * vWorldDirection.x, vWorldDirection.yz ) ).rgb, 1.0 );

		}
	`)}function uM(n){let t=new WeakMap,e=new WeakMap,i=null;function r(g,_=!1){return g==null?null:_?l(g):o(g)}function o(g){if(g&&g.isTexture){let _=g.mapping;if(_===fl||_===pl)if(t.has(g)){let M=t.get(g).texture;return c(M,g.mapping)}else{let M=g.image;if(M&&M.height>0){let T=new Oo(M.height);return T.fromEquirectangularTexture(n,g),t.set(g,T),g.addEventListener("dispose",d),c(T.texture,g.mapping)}else return null}}return g}function l(g){if(g&&g.isTexture&&g.isPMREMTexture!==!0){let _=g.mapping,M=_===fl||_===pl,T=_===Bs||_===Cr;if(M||T){let x=e.get(g),y=x!==void 0?x.texture.pmremVersion:0;if(g.isRenderTargetTexture&&g.pmremVersion!==y)return i===null&&(i=new tc(n)),x=M?i.fromEquirectangular(g,x):i.fromCubemap(g,x),x.texture.pmremVersion=g.pmremVersion,e.set(g,x),x.texture;if(x!==void 0)return x.texture;{let A=g.image;return M&&A&&A.height>0||T&&A&&u(A)?(i===null&&(i=new tc(n)),x=M?i.fromEquirectangular(g):i.fromCubemap(g),x.texture.pmremVersion=g.pmremVersion,e.set(g,x),g.addEventListener("dispose",p),x.texture):null}}}return g}function c(g,_){return _===fl?g.mapping=Bs:_===pl&&(g.mapping=Cr),g}function u(g){let _=0,M=6;for(let T=0;T<M;T++)g[T]!==void 0&&_++;return _===M}function d(g){let _=g.target;_.removeEventListener("dispose",d);let M=t.get(_);M!==void 0&&(t.delete(_),M.dispose())}function p(g){let _=g.target;_.removeEventListener("dispose",p);let M=e.get(_);M!==void 0&&(e.delete(_),M.dispose())}function m(){t=new WeakMap,e=new WeakMap,i!==null&&(i.dispose(),i=null)}return{get:r,dispose:m}}function dM(n){let t={};function e(i){if(t[i]!==void 0)return t[i];let r=n.getExtension(i);return t[i]=r,r}return{has:function(i){return e(i)!==null},init:function(){e("EXT_color_buffer_float"),e("WEBGL_clip_cull_distance"),e("OES_texture_float_linear"),e("EXT_color_buffer_half_float"),e("WEBGL_multisampled_render_to_texture"),e("WEBGL_render_shared_exponent")},get:function(i){let r=e(i);return r===null&&oo("WebGLRenderer: "+i+" extension not supported."),r}}}function fM(n,t,e,i){let r={},o=new WeakMap,l=new FinalizationRegistry(M=>delete r[M]);function c(M){u(M.target)}function u(M){M.index!==null&&t.remove(M.index);for(let x in M.attributes)t.remove(M.attributes[x]);M.removeEventListener("dispose",c),delete r[M.id],l.unregister(M);let T=o.get(M);T&&(t.remove(T),o.delete(M)),i.releaseStatesOfGeometry(M),M.isInstancedBufferGeometry===!0&&delete M._maxInstanceCount,e.memory.geometries--}function d(M,T){return r[T.id]!==void 0||(T.addEventListener("dispose",c),r[T.id]=new WeakRef(T),l.register(T,T.id,T),e.memory.geometries++),T}function p(M){let T=M.attributes;for(let x in T)t.update(T[x],n.ARRAY_BUFFER)}function m(M){let T=M.index,x=M.attributes.position,y=0;if(x===void 0)return;let A=T!==null?T.array.length:x.array.length/3-1,I=x.count>=65535?mo:po,P=new I(Math.ceil(A/3)*6,1),N=P.array;if(T!==null){let b=T.array;y=T.version;for(let C=0,X=0;C<A;C+=3){let z=b[C+0],G=b[C+1],K=b[C+2];N[X++]=z,N[X++]=G,N[X++]=G,N[X++]=K,N[X++]=K,N[X++]=z}}else{y=x.version;for(let b=0,C=0;b<A;b+=3){let X=b+0,z=b+1,G=b+2;N[C++]=X,N[C++]=z,N[C++]=z,N[C++]=G,N[C++]=G,N[C++]=X}}P.version=y;let D=o.get(M);D&&t.remove(D),o.set(M,P)}function g(M){let T=o.get(M);if(T){let x=M.index;x!==null&&T.version<x.version&&m(M)}else m(M);return o.get(M)}function _(){for(let M in r){let T=r[M].deref();T!==void 0&&u(T)}}return{get:d,update:p,getWireframeAttribute:g,dispose:_}}function pM(n,t,e){let i;function r(m){i=m}let o,l;function c(m){o=m.type,l=m.bytesPerElement}function u(m,g){n.drawElements(i,g,o,m*l),e.update(g,i,1)}function d(m,g,_){_!==0&&(n.drawElementsInstanced(i,g,o,m*l,_),e.update(g,i,_))}function p(m,g,_){if(_===0)return;t.get("WEBGL_multi_draw").multiDrawElementsWEBGL(i,g,0,o,m,0,_);let T=0;for(let x=0;x<_;x++)T+=g[x];e.update(T,i,1)}this.setMode=r,this.setIndex=c,this.render=u,this.renderInstances=d,this.renderMultiDraw=p}function mM(n){let t={geometries:0,textures:0},e={frame:0,calls:0,triangles:0,points:0,lines:0};function i(o,l,c){switch(e.calls++,l){case n.TRIANGLES:e.triangles+=c*(o/3);break;case n.LINES:e.lines+=c*(o/2);break;case n.LINE_STRIP:e.lines+=c*(o-1);break;case n.LINE_LOOP:e.lines+=c*o;break;case n.POINTS:e.points+=c*o;break;default:Kt("WebGLInfo: Unknown draw mode:",l);break}}function r(){e.calls=0,e.triangles=0,e.points=0,e.lines=0}return{memory:t,render:e,programs:null,autoReset:!0,reset:r,update:i}}function gM(n,t,e){let i=new WeakMap,r=new Re;function o(l,c,u){let d=l.morphTargetInfluences,p=c.morphAttributes.position||c.morphAttributes.normal||c.morphAttributes.color,m=p!==void 0?p.length:0,g=i.get(c);if(g===void 0||g.count!==m){let X=function(){b.dispose(),i.delete(c),c.removeEventListener("dispose",X)};g!==void 0&&g.texture.dispose();let _=c.morphAttributes.position!==void 0,M=c.morphAttributes.normal!==void 0,T=c.morphAttributes.color!==void 0,x=c.morphAttributes.position||[],y=c.morphAttributes.normal||[],A=c.morphAttributes.color||[],I=0;_===!0&&(I=1),M===!0&&(I=2),T===!0&&(I=3);let P=c.attributes.position.count*I,N=1;P>t.maxTextureSize&&(N=Math.ceil(P/t.maxTextureSize),P=t.maxTextureSize);let D=new Float32Array(P*N*4*m),b=new fo(D,P,N,m);b.type=fn,b.needsUpdate=!0;let C=I*4;for(let z=0;z<m;z++){let G=x[z],K=y[z],ot=A[z],B=P*N*4*z;for(let it=0;it<G.count;it++){let Z=it*C;_===!0&&(r.fromBufferAttribute(G,it),D[B+Z+0]=r.x,D[B+Z+1]=r.y,D[B+Z+2]=r.z,D[B+Z+3]=0),M===!0&&(r.fromBufferAttribute(K,it),D[B+Z+4]=r.x,D[B+Z+5]=r.y,D[B+Z+6]=r.z,D[B+Z+7]=0),T===!0&&(r.fromBufferAttribute(ot,it),D[B+Z+8]=r.x,D[B+Z+9]=r.y,D[B+Z+10]=r.z,D[B+Z+11]=ot.itemSize===4?r.w:1)}}g={count:m,texture:b,size:new Ht(P,N)},i.set(c,g),c.addEventListener("dispose",X)}if(l.isInstancedMesh===!0&&l.morphTexture!==null)u.getUniforms().setValue(n,"morphTexture",l.morphTexture,e);else{let _=0;for(let T=0;T<d.length;T++)_+=d[T];let M=c.morphTargetsRelative?1:1-_;u.getUniforms().setValue(n,"morphTargetBaseInfluence",M),u.getUniforms().setValue(n,"morphTargetInfluences",d)}u.getUniforms().setValue(n,"morphTargetsTexture",g.texture,e),u.getUniforms().setValue(n,"morphTargetsTextureSize",g.size)}return{update:o}}function _M(n,t,e,i,r){let o=new WeakMap;function l(d){let p=r.render.frame,m=d.geometry,g=t.get(d,m);if(o.get(g)!==p&&(t.update(g),o.set(g,p)),d.isInstancedMesh&&(d.hasEventListener("dispose",u)===!1&&d.addEventListener("dispose",u),o.get(d)!==p&&(e.update(d.instanceMatrix,n.ARRAY_BUFFER),d.instanceColor!==null&&e.update(d.instanceColor,n.ARRAY_BUFFER),o.set(d,p))),d.isSkinnedMesh){let _=d.skeleton;o.get(_)!==p&&(_.update(),o.set(_,p))}return g}function c(){o=new WeakMap}function u(d){let p=d.target;p.removeEventListener("dispose",u),i.releaseStatesOfObject(p),e.remove(p.instanceMatrix),p.instanceColor!==null&&e.remove(p.instanceColor)}return{update:l,dispose:c}}var vM={[Qh]:"LINEAR_TONE_MAPPING",[tu]:"REINHARD_TONE_MAPPING",[eu]:"CINEON_TONE_MAPPING",[iu]:"ACES_FILMIC_TONE_MAPPING",[su]:"AGX_TONE_MAPPING",[ru]:"NEUTRAL_TONE_MAPPING",[nu]:"CUSTOM_TONE_MAPPING"};function yM(n,t,e,i,r,o){let l=new hi(t,e,{type:n,depthBuffer:r,stencilBuffer:o,samples:i?4:0,storeMultisampledDepthBuffer:!1,storeMultisampledStencilBuffer:!1,resolveDepthBuffer:!1,resolveStencilBuffer:!1}),c=null,u=null,d=null,p=new He;p.setAttribute("position",new ni([-1,3,0,-1,-1,0,3,-1,0],3)),p.setAttribute("uv",new ni([0,2,0,0,2,0],2));let m=new Ka({uniforms:{tDiffuse:{value:null}},vertexShader:`
			precision highp float;

			uniform mat4 modelViewMatrix;
			uniform mat4 projectionMatrix;

			attribute vec3 position;
			attribute vec2 uv;

			varying vec2 vUv;

			void main() {
				vUv = uv;
				gl_Position = projectionMatrix * modelViewMatrix * vec4( position, 1.0 );
			}`,fragmentShader:`
			precision highp float;

			uniform sampler2D tDiffuse;

			varying vec2 vUv;

			#include <tonemapping_pars_fragment>
			#include <colorspace_pars_fragment>

			void main() {
				gl_FragColor = texture2D( tDiffuse, vUv );

				#ifdef LINEAR_TONE_MAPPING
					gl_FragColor.rgb = LinearToneMapping( gl_FragColor.rgb );
				#elif defined( REINHARD_TONE_MAPPING )
					gl_FragColor.rgb = ReinhardToneMapping( gl_FragColor.rgb );
				#elif defined( CINEON_TONE_MAPPING )
					gl_FragColor.rgb = CineonToneMapping( gl_FragColor.rgb );
				#elif defined( ACES_FILMIC_TONE_MAPPING )
					gl_FragColor.rgb = ACESFilmicToneMapping( gl_FragColor.rgb );
				#elif defined( AGX_TONE_MAPPING )
					gl_FragColor.rgb = AgXToneMapping( gl_FragColor.rgb );
				#elif defined( NEUTRAL_TONE_MAPPING )
					gl_FragColor.rgb = NeutralToneMapping( gl_FragColor.rgb );
				#elif defined( CUSTOM_TONE_MAPPING )
					gl_FragColor.rgb = CustomToneMapping( gl_FragColor.rgb );
				#endif

				#ifdef SRGB_TRANSFER
					gl_FragColor = sRGBTransferOETF( gl_FragColor );
				#endif
			}`,depthTest:!1,depthWrite:!1}),g=new Qe(p,m),_=new hl(-1,1,1,-1,0,1),M=null,T=null,x=!1,y,A=null,I=[],P=!1;this.setSize=function(N,D){l.setSize(N,D),c!==null&&c.setSize(N,D),u!==null&&u.setSize(N,D);for(let b=0;b<I.length;b++){let C=I[b];C.setSize&&C.setSize(N,D)}},this.setEffects=function(N){I=N,P=I.length>0&&I[0].isRenderPass===!0;let D=l.width,b=l.height;I.length>0&&c===null&&(c=new hi(D,b,{type:Gi,depthBuffer:!1,stencilBuffer:!1}),u=new hi(D,b,{type:Gi,depthBuffer:!1,stencilBuffer:!1}));let C=r===!0&&I.some(X=>X.needsDepthTexture===!0);C!==(l.depthTexture!==null)&&(C===!0&&d===null&&(d=new dn(D,b),o===!0&&(d.format=qn,d.type=zs)),l.dispose(),l.depthTexture=C?d:null,l.resolveDepthBuffer=C,l.storeMultisampledDepthBuffer=C);for(let X=0;X<I.length;X++){let z=I[X];z.setSize&&z.setSize(D,b),C&&z.needsDepthTexture===!0&&z.setDepthTexture&&z.setDepthTexture(d)}},this.begin=function(N,D){if(x||N.toneMapping===Mn&&I.length===0)return!1;if(A=D,D!==null){let b=D.width,C=D.height;(l.width!==b||l.height!==C)&&this.setSize(b,C)}return P===!1&&N.setRenderTarget(l),y=N.toneMapping,N.toneMapping=Mn,!0},this.hasRenderPass=function(){return P},this.end=function(N,D){N.toneMapping=y,x=!0;let b=l,C=c;for(let X=0;X<I.length;X++){let z=I[X];z.enabled!==!1&&(z.render(N,C,b,D),z.needsSwap!==!1&&(b=C,C=C===c?u:c))}if(M!==N.outputColorSpace||T!==N.toneMapping){M=N.outputColorSpace,T=N.toneMapping,m.defines={},ae.getTransfer(M)===ve&&(m.defines.SRGB_TRANSFER="");let X=vM[T];X&&(m.defines[X]=""),m.needsUpdate=!0}m.uniforms.tDiffuse.value=b.texture,N.setRenderTarget(A),N.render(g,_),A=null,x=!1},this.isCompositing=function(){return x},this.dispose=function(){l.dispose(),c!==null&&c.dispose(),u!==null&&u.dispose(),p.dispose(),m.dispose()}}var sm=new si,rm=new dn(1,1),om=new _o(1),am=new fo,lm=new qa,cm=new go,Fp=[],Bp=[],zp=new Float32Array(16),kp=new Float32Array(9),Hp=new Float32Array(4);function Dr(n,t,e){let i=n[0];if(i<=0||i>0)return n;let r=t*e,o=Fp[r];if(o===void 0&&(o=new Float32Array(r),Fp[r]=o),t!==0){i.toArray(o,0);for(let l=1,c=0;l!==t;++l)c+=e,n[l].toArray(o,c)}return o}function Ye(n,t){if(n.length!==t.length)return!1;for(let e=0,i=n.length;e<i;e++)if(n[e]!==t[e])return!1;return!0}function $e(n,t){for(let e=0,i=t.length;e<i;e++)n[e]=t[e]}function ic(n,t){let e=Bp[t];e===void 0&&(e=new Int32Array(t),Bp[t]=e);for(let i=0;i!==t;++i)e[i]=n.allocateTextureUnit();return e}function xM(n,t){let e=this.cache;e[0]!==t&&(n.uniform1f(this.addr,t),e[0]=t)}function MM(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y)&&(n.uniform2f(this.addr,t.x,t.y),e[0]=t.x,e[1]=t.y);else{if(Ye(e,t))return;n.uniform2fv(this.addr,t),$e(e,t)}}function bM(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y||e[2]!==t.z)&&(n.uniform3f(this.addr,t.x,t.y,t.z),e[0]=t.x,e[1]=t.y,e[2]=t.z);else if(t.r!==void 0)(e[0]!==t.r||e[1]!==t.g||e[2]!==t.b)&&(n.uniform3f(this.addr,t.r,t.g,t.b),e[0]=t.r,e[1]=t.g,e[2]=t.b);else{if(Ye(e,t))return;n.uniform3fv(this.addr,t),$e(e,t)}}function SM(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y||e[2]!==t.z||e[3]!==t.w)&&(n.uniform4f(this.addr,t.x,t.y,t.z,t.w),e[0]=t.x,e[1]=t.y,e[2]=t.z,e[3]=t.w);else{if(Ye(e,t))return;n.uniform4fv(this.addr,t),$e(e,t)}}function wM(n,t){let e=this.cache,i=t.elements;if(i===void 0){if(Ye(e,t))return;n.uniformMatrix2fv(this.addr,!1,t),$e(e,t)}else{if(Ye(e,i))return;Hp.set(i),n.uniformMatrix2fv(this.addr,!1,Hp),$e(e,i)}}function EM(n,t){let e=this.cache,i=t.elements;if(i===void 0){if(Ye(e,t))return;n.uniformMatrix3fv(this.addr,!1,t),$e(e,t)}else{if(Ye(e,i))return;kp.set(i),n.uniformMatrix3fv(this.addr,!1,kp),$e(e,i)}}function TM(n,t){let e=this.cache,i=t.elements;if(i===void 0){if(Ye(e,t))return;n.uniformMatrix4fv(this.addr,!1,t),$e(e,t)}else{if(Ye(e,i))return;zp.set(i),n.uniformMatrix4fv(this.addr,!1,zp),$e(e,i)}}function AM(n,t){let e=this.cache;e[0]!==t&&(n.uniform1i(this.addr,t),e[0]=t)}function PM(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y)&&(n.uniform2i(this.addr,t.x,t.y),e[0]=t.x,e[1]=t.y);else{if(Ye(e,t))return;n.uniform2iv(this.addr,t),$e(e,t)}}function CM(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y||e[2]!==t.z)&&(n.uniform3i(this.addr,t.x,t.y,t.z),e[0]=t.x,e[1]=t.y,e[2]=t.z);else{if(Ye(e,t))return;n.uniform3iv(this.addr,t),$e(e,t)}}function RM(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y||e[2]!==t.z||e[3]!==t.w)&&(n.uniform4i(this.addr,t.x,t.y,t.z,t.w),e[0]=t.x,e[1]=t.y,e[2]=t.z,e[3]=t.w);else{if(Ye(e,t))return;n.uniform4iv(this.addr,t),$e(e,t)}}function LM(n,t){let e=this.cache;e[0]!==t&&(n.uniform1ui(this.addr,t),e[0]=t)}function IM(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y)&&(n.uniform2ui(this.addr,t.x,t.y),e[0]=t.x,e[1]=t.y);else{if(Ye(e,t))return;n.uniform2uiv(this.addr,t),$e(e,t)}}function DM(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y||e[2]!==t.z)&&(n.uniform3ui(this.addr,t.x,t.y,t.z),e[0]=t.x,e[1]=t.y,e[2]=t.z);else{if(Ye(e,t))return;n.uniform3uiv(this.addr,t),$e(e,t)}}function NM(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y||e[2]!==t.z||e[3]!==t.w)&&(n.uniform4ui(this.addr,t.x,t.y,t.z,t.w),e[0]=t.x,e[1]=t.y,e[2]=t.z,e[3]=t.w);else{if(Ye(e,t))return;n.uniform4uiv(this.addr,t),$e(e,t)}}function nc(n){return n.version===0&&(n.compareFunction=gu,n.needsUpdate=!0),n}function OM(n,t,e){let i=this.cache,r=e.allocateTextureUnit();i[0]!==r&&(n.uniform1i(this.addr,r),i[0]=r);let o;this.type===n.SAMPLER_2D_SHADOW?o=nc(rm):o=sm,e.setTexture2D(t||o,r)}function UM(n,t,e){let i=this.cache,r=e.allocateTextureUnit();i[0]!==r&&(n.uniform1i(this.addr,r),i[0]=r),e.setTexture3D(t||lm,r)}function FM(n,t,e){let i=this.cache,r=e.allocateTextureUnit();i[0]!==r&&(n.uniform1i(this.addr,r),i[0]=r);let o;this.type===n.SAMPLER_CUBE_SHADOW?o=nc(om):o=cm,e.setTextureCube(t||o,r)}function BM(n,t,e){let i=this.cache,r=e.allocateTextureUnit();i[0]!==r&&(n.uniform1i(this.addr,r),i[0]=r),e.setTexture2DArray(t||am,r)}function zM(n){switch(n){case 5126:return xM;case 35664:return MM;case 35665:return bM;case 35666:return SM;case 35674:return wM;case 35675:return EM;case 35676:return TM;case 5124:case 35670:return AM;case 35667:case 35671:return PM;case 35668:case 35672:return CM;case 35669:case 35673:return RM;case 5125:return LM;case 36294:return IM;case 36295:return DM;case 36296:return NM;case 35678:case 36198:case 36298:case 36306:case 35682:return OM;case 35679:case 36299:case 36307:return UM;case 35680:case 36300:case 36308:case 36293:return FM;case 36289:case 36303:case 36311:case 36292:return BM}}function kM(n,t){n.uniform1fv(this.addr,t)}function HM(n,t){let e=Dr(t,this.size,2);n.uniform2fv(this.addr,e)}function VM(n,t){let e=Dr(t,this.size,3);n.uniform3fv(this.addr,e)}function GM(n,t){let e=Dr(t,this.size,4);n.uniform4fv(this.addr,e)}function WM(n,t){let e=Dr(t,this.size,4);n.uniformMatrix2fv(this.addr,!1,e)}function XM(n,t){let e=Dr(t,this.size,9);n.uniformMatrix3fv(this.addr,!1,e)}function ZM(n,t){let e=Dr(t,this.size,16);n.uniformMatrix4fv(this.addr,!1,e)}function qM(n,t){n.uniform1iv(this.addr,t)}function YM(n,t){n.uniform2iv(this.addr,t)}function $M(n,t){n.uniform3iv(this.addr,t)}function jM(n,t){n.uniform4iv(this.addr,t)}function KM(n,t){n.uniform1uiv(this.addr,t)}function JM(n,t){n.uniform2uiv(this.addr,t)}function QM(n,t){n.uniform3uiv(this.addr,t)}function tb(n,t){n.uniform4uiv(this.addr,t)}function eb(n,t,e){let i=this.cache,r=t.length,o=ic(e,r);Ye(i,o)||(n.uniform1iv(this.addr,o),$e(i,o));let l;this.type===n.SAMPLER_2D_SHADOW?l=nc(rm):l=sm;for(let c=0;c!==r;++c)e.setTexture2D(t[c]||l,o[c])}function ib(n,t,e){let i=this.cache,r=t.length,o=ic(e,r);Ye(i,o)||(n.uniform1iv(this.addr,o),$e(i,o));for(let l=0;l!==r;++l)e.setTexture3D(t[l]||lm,o[l])}function nb(n,t,e){let i=this.cache,r=t.length,o=ic(e,r);Ye(i,o)||(n.uniform1iv(this.addr,o),$e(i,o));let l;this.type===n.SAMPLER_CUBE_SHADOW?l=nc(om):l=cm;for(let c=0;c!==r;++c)e.setTextureCube(t[c]||l,o[c])}function sb(n,t,e){let i=this.cache,r=t.length,o=ic(e,r);Ye(i,o)||(n.uniform1iv(this.addr,o),$e(i,o));for(let l=0;l!==r;++l)e.setTexture2DArray(t[l]||am,o[l])}function rb(n){switch(n){case 5126:return kM;case 35664:return HM;case 35665:return VM;case 35666:return GM;case 35674:return WM;case 35675:return XM;case 35676:return ZM;case 5124:case 35670:return qM;case 35667:case 35671:return YM;case 35668:case 35672:return $M;case 35669:case 35673:return jM;case 5125:return KM;case 36294:return JM;case 36295:return QM;case 36296:return tb;case 35678:case 36198:case 36298:case 36306:case 35682:return eb;case 35679:case 36299:case 36307:return ib;case 35680:case 36300:case 36308:case 36293:return nb;case 36289:case 36303:case 36311:case 36292:return sb}}var Cu=class{constructor(t,e,i){this.id=t,this.addr=i,this.cache=[],this.type=e.type,this.setValue=zM(e.type)}},Ru=class{constructor(t,e,i){this.id=t,this.addr=i,this.cache=[],this.type=e.type,this.size=e.size,this.setValue=rb(e.type)}},Lu=class{constructor(t){this.id=t,this.seq=[],this.map={}}setValue(t,e,i){let r=this.seq;for(let o=0,l=r.length;o!==l;++o){let c=r[o];c.setValue(t,e[c.id],i)}}},Au=/(\w+)(\])?(\[|\.)?/g;function Vp(n,t){n.seq.push(t),n.map[t.id]=t}function ob(n,t,e){let i=n.name,r=i.length;for(Au.lastIndex=0;;){let o=Au.exec(i),l=Au.lastIndex,c=o[1],u=o[2]==="]",d=o[3];if(u&&(c=c|0),d===void 0||d==="["&&l+2===r){Vp(e,d===void 0?new Cu(c,n,t):new Ru(c,n,t));break}else{let m=e.map[c];m===void 0&&(m=new Lu(c),Vp(e,m)),e=m}}}var Ir=class{constructor(t,e){this.seq=[],this.map={};let i=t.getProgramParameter(e,t.ACTIVE_UNIFORMS);for(let l=0;l<i;++l){let c=t.getActiveUniform(e,l),u=t.getUniformLocation(e,c.name);ob(c,u,this)}let r=[],o=[];for(let l of this.seq)l.type===t.SAMPLER_2D_SHADOW||l.type===t.SAMPLER_CUBE_SHADOW||l.type===t.SAMPLER_2D_ARRAY_SHADOW?r.push(l):o.push(l);r.length>0&&(this.seq=r.concat(o))}setValue(t,e,i,r){let o=this.map[e];o!==void 0&&o.setValue(t,i,r)}setOptional(t,e,i){let r=e[i];r!==void 0&&this.setValue(t,i,r)}static upload(t,e,i,r){for(let o=0,l=e.length;o!==l;++o){let c=e[o],u=i[c.id];u.needsUpdate!==!1&&c.setValue(t,u.value,r)}}static seqWithValue(t,e){let i=[];for(let r=0,o=t.length;r!==o;++r){let l=t[r];l.id in e&&i.push(l)}return i}};function Gp(n,t,e){let i=n.createShader(t);return n.shaderSource(i,e),n.compileShader(i),i}var ab=37297,lb=0;function cb(n,t){let e=n.split(`
`),i=[],r=Math.max(t-6,0),o=Math.min(t+6,e.length);for(let l=r;l<o;l++){let c=l+1;i.push(`${c===t?">":" "} ${c}: ${e[l]}`)}return i.join(`
`)}var Wp=new Jt;function hb(n){ae._getMatrix(Wp,ae.workingColorSpace,n);let t=`mat3( ${Wp.elements.map(e=>e.toFixed(4))} )`;switch(ae.getTransfer(n)){case ho:return[t,"LinearTransferOETF"];case ve:return[t,"sRGBTransferOETF"];default:return Zt("WebGLProgram: Unsupported color space: ",n),[t,"LinearTransferOETF"]}}function Xp(n,t,e){let i=n.getShaderParameter(t,n.COMPILE_STATUS),o=(n.getShaderInfoLog(t)||"").trim();if(i&&o==="")return"";let l=/ERROR: 0:(\d+)/.exec(o);if(l){let c=parseInt(l[1]);return e.toUpperCase()+`

`+o+`

`+cb(n.getShaderSource(t),c)}else return o}function ub(n,t){let e=hb(t);return[`vec4 ${n}( vec4 value ) {`,`	return ${e[1]}( vec4( ${e[0]} * value.rgb, value.a ) );`,"}"].join(`
`)}var db={[Qh]:"Linear",[tu]:"Reinhard",[eu]:"Cineon",[iu]:"ACESFilmic",[su]:"AgX",[ru]:"Neutral",[nu]:"Custom"};function fb(n,t){let e=db[t];return e===void 0?(Zt("WebGLProgram: Unsupported toneMapping:",t),"vec3 "+n+"( vec3 color ) { return LinearToneMapping( color ); }"):"vec3 "+n+"( vec3 color ) { return "+e+"ToneMapping( color ); }"}var Ql=new F;function pb(){ae.getLuminanceCoefficients(Ql);let n=Ql.x.toFixed(4),t=Ql.y.toFixed(4),e=Ql.z.toFixed(4);return["float luminance( const in vec3 rgb ) {",`	const vec3 weights = vec3( ${n}, ${t}, ${e} );`,"	return dot( weights, rgb );","}"].join(`
`)}function mb(n){return[n.extensionClipCullDistance?"#extension GL_ANGLE_clip_cull_distance : require":"",n.extensionMultiDraw?"#extension GL_ANGLE_multi_draw : require":""].filter(No).join(`
`)}function gb(n){let t=[];for(let e in n){let i=n[e];i!==!1&&t.push("#define "+e+" "+i)}return t.join(`
`)}function _b(n,t){let e={},i=n.getProgramParameter(t,n.ACTIVE_ATTRIBUTES);for(let r=0;r<i;r++){let o=n.getActiveAttrib(t,r),l=o.name,c=1;o.type===n.FLOAT_MAT2&&(c=2),o.type===n.FLOAT_MAT3&&(c=3),o.type===n.FLOAT_MAT4&&(c=4),e[l]={type:o.type,location:n.getAttribLocation(t,l),locationSize:c}}return e}function No(n){return n!==""}function Zp(n,t){let e=t.numSpotLightShadows+t.numSpotLightMaps-t.numSpotLightShadowsWithMaps;return n.replace(/NUM_SUN_LIGHTS/g,t.numSunLights).replace(/NUM_DIR_LIGHTS/g,t.numDirLights).replace(/NUM_SPOT_LIGHTS/g,t.numSpotLights).replace(/NUM_SPOT_LIGHT_MAPS/g,t.numSpotLightMaps).replace(/NUM_SPOT_LIGHT_COORDS/g,e).replace(/NUM_RECT_AREA_LIGHTS/g,t.numRectAreaLights).replace(/NUM_POINT_LIGHTS/g,t.numPointLights).replace(/NUM_HEMI_LIGHTS/g,t.numHemiLights).replace(/NUM_SUN_LIGHT_SHADOWS/g,t.numSunLightShadows).replace(/NUM_DIR_LIGHT_SHADOWS/g,t.numDirLightShadows).replace(/NUM_SPOT_LIGHT_SHADOWS_WITH_MAPS/g,t.numSpotLightShadowsWithMaps).replace(/NUM_SPOT_LIGHT_SHADOWS/g,t.numSpotLightShadows).replace(/NUM_POINT_LIGHT_SHADOWS/g,t.numPointLightShadows).replace(/NUM_LIGHT_PROBE_GRIDS/g,t.numLightProbeGrids)}function qp(n,t){return n.replace(/NUM_CLIPPING_PLANES/g,t.numClippingPlanes).replace(/UNION_CLIPPING_PLANES/g,t.numClippingPlanes-t.numClipIntersection)}var vb=/^[ \t]*#include +<([\w\d./]+)>/gm;function Iu(n){return n.replace(vb,yb)}function yb(n,t){let e=ie[t];if(e===void 0)throw new Error("THREE.WebGLProgram: Can not resolve #include <"+t+">");return Iu(e)}var xb=/#pragma unroll_loop_start\s+for\s*\(\s*int\s+i\s*=\s*(\d+)\s*;\s*i\s*<\s*(\d+)\s*;\s*i\s*\+\+\s*\)\s*{([\s\S]+?)}\s+#pragma unroll_loop_end/g;function Yp(n){return n.replace(xb,Mb)}function Mb(n,t,e,i){let r="";for(let o=parseInt(t);o<parseInt(e);o++)r+=i.replace(/\[\s*i\s*\]/g,"[ "+o+" ]").replace(/UNROLLED_LOOP_INDEX/g,o);return r}function $p(n){let t=`precision ${n.precision} float;
	precision ${n.precision} int;
	precision ${n.precision} sampler2D;
	precision ${n.precision} samplerCube;
	precision ${n.precision} sampler3D;
	precision ${n.precision} sampler2DArray;
	precision ${n.precision} sampler2DShadow;
	precision ${n.precision} samplerCubeShadow;
	precision ${n.precision} sampler2DArrayShadow;
	precision ${n.precision} isampler2D;
	precision ${n.precision} isampler3D;
	precision ${n.precision} isamplerCube;
	precision ${n.precision} isampler2DArray;
	precision ${n.precision} usampler2D;
	precision ${n.precision} usampler3D;
	precision ${n.precision} usamplerCube;
	precision ${n.precision} usampler2DArray;
	`;return n.precision==="highp"?t+=`
#define HIGH_PRECISION`:n.precision==="mediump"?t+=`
#define MEDIUM_PRECISION`:n.precision==="lowp"&&(t+=`
#define LOW_PRECISION`),t}var bb={[So]:"SHADOWMAP_TYPE_PCF",[Ar]:"SHADOWMAP_TYPE_VSM"};function Sb(n){return bb[n.shadowMapType]||"SHADOWMAP_TYPE_BASIC"}var wb={[Cr]:"ENVMAP_MODE_REFRACTION"};function Eb(n){return n.envMap===!1?"ENVMAP_MODE_REFLECTION":wb[n.envMapMode]||"ENVMAP_MODE_REFLECTION"}var Tb={[Jh]:"ENVMAP_BLENDING_MULTIPLY",[up]:"ENVMAP_BLENDING_MIX",[dp]:"ENVMAP_BLENDING_ADD"};function Ab(n){return n.envMap===!1?"ENVMAP_BLENDING_NONE":Tb[n.combine]||"ENVMAP_BLENDING_NONE"}function Pb(n,t,e,i){let r=n.getContext(),o=e.defines,l=e.vertexShader,c=e.fragmentShader,u=Sb(e),d=e.envMapPMREM===!0?"ENVMAP_TYPE_PMREM":"ENVMAP_TYPE_CUBE",p=Eb(e),m=Ab(e),g=mb(e),_=gb(o),M=r.createProgram(),T,x,y=e.glslVersion?"#version "+e.glslVersion+`
`:"";e.isRawShaderMaterial?(T=["#define SHADER_TYPE "+e.shaderType,"#define SHADER_NAME "+e.shaderName,_].filter(No).join(`
`),T.length>0&&(T+=`
`),x=["#define SHADER_TYPE "+e.shaderType,"#define SHADER_NAME "+e.shaderName,_].filter(No).join(`
`),x.length>0&&(x+=`
`)):(T=[$p(e),"#define SHADER_TYPE "+e.shaderType,"#define SHADER_NAME "+e.shaderName,_,e.extensionClipCullDistance?"#define USE_CLIP_DISTANCE":"",e.batching?"#define USE_BATCHING":"",e.batchingColor?"#define USE_BATCHING_COLOR":"",e.instancing?"#define USE_INSTANCING":"",e.instancingColor?"#define USE_INSTANCING_COLOR":"",e.instancingMorph?"#define USE_INSTANCING_MORPH":"",e.useFog&&e.fog?"#define USE_FOG":"",e.useFog&&e.fogExp2?"#define FOG_EXP2":"",e.map?"#define USE_MAP":"",e.envMap?"#define USE_ENVMAP":"",e.envMap?"#define "+p:"",e.lightMap?"#define USE_LIGHTMAP":"",e.aoMap?"#define USE_AOMAP":"",e.bumpMap?"#define USE_BUMPMAP":"",e.normalMap?"#define USE_NORMALMAP":"",e.normalMapObjectSpace?"#define USE_NORMALMAP_OBJECTSPACE":"",e.normalMapTangentSpace?"#define USE_NORMALMAP_TANGENTSPACE":"",e.displacementMap?"#define USE_DISPLACEMENTMAP":"",e.emissiveMap?"#define USE_EMISSIVEMAP":"",e.anisotropy?"#define USE_ANISOTROPY":"",e.anisotropyMap?"#define USE_ANISOTROPYMAP":"",e.clearcoatMap?"#define USE_CLEARCOATMAP":"",e.clearcoatRoughnessMap?"#define USE_CLEARCOAT_ROUGHNESSMAP":"",e.clearcoatNormalMap?"#define USE_CLEARCOAT_NORMALMAP":"",e.diffuseRoughnessMap?"#define USE_DIFFUSE_ROUGHNESSMAP":"",e.iridescenceMap?"#define USE_IRIDESCENCEMAP":"",e.iridescenceThicknessMap?"#define USE_IRIDESCENCE_THICKNESSMAP":"",e.specularMap?"#define USE_SPECULARMAP":"",e.specularColorMap?"#define USE_SPECULAR_COLORMAP":"",e.specularIntensityMap?"#define USE_SPECULAR_INTENSITYMAP":"",e.roughnessMap?"#define USE_ROUGHNESSMAP":"",e.metalnessMap?"#define USE_METALNESSMAP":"",e.alphaMap?"#define USE_ALPHAMAP":"",e.alphaHash?"#define USE_ALPHAHASH":"",e.transmission?"#define USE_TRANSMISSION":"",e.transmissionMap?"#define USE_TRANSMISSIONMAP":"",e.thicknessMap?"#define USE_THICKNESSMAP":"",e.sheenColorMap?"#define USE_SHEEN_COLORMAP":"",e.sheenRoughnessMap?"#define USE_SHEEN_ROUGHNESSMAP":"",e.mapUv?"#define MAP_UV "+e.mapUv:"",e.alphaMapUv?"#define ALPHAMAP_UV "+e.alphaMapUv:"",e.lightMapUv?"#define LIGHTMAP_UV "+e.lightMapUv:"",e.aoMapUv?"#define AOMAP_UV "+e.aoMapUv:"",e.emissiveMapUv?"#define EMISSIVEMAP_UV "+e.emissiveMapUv:"",e.bumpMapUv?"#define BUMPMAP_UV "+e.bumpMapUv:"",e.normalMapUv?"#define NORMALMAP_UV "+e.normalMapUv:"",e.displacementMapUv?"#define DISPLACEMENTMAP_UV "+e.displacementMapUv:"",e.metalnessMapUv?"#define METALNESSMAP_UV "+e.metalnessMapUv:"",e.roughnessMapUv?"#define ROUGHNESSMAP_UV "+e.roughnessMapUv:"",e.anisotropyMapUv?"#define ANISOTROPYMAP_UV "+e.anisotropyMapUv:"",e.clearcoatMapUv?"#define CLEARCOATMAP_UV "+e.clearcoatMapUv:"",e.clearcoatNormalMapUv?"#define CLEARCOAT_NORMALMAP_UV "+e.clearcoatNormalMapUv:"",e.clearcoatRoughnessMapUv?"#define CLEARCOAT_ROUGHNESSMAP_UV "+e.clearcoatRoughnessMapUv:"",e.diffuseRoughnessMapUv?"#define DIFFUSE_ROUGHNESSMAP_UV "+e.diffuseRoughnessMapUv:"",e.iridescenceMapUv?"#define IRIDESCENCEMAP_UV "+e.iridescenceMapUv:"",e.iridescenceThicknessMapUv?"#define IRIDESCENCE_THICKNESSMAP_UV "+e.iridescenceThicknessMapUv:"",e.sheenColorMapUv?"#define SHEEN_COLORMAP_UV "+e.sheenColorMapUv:"",e.sheenRoughnessMapUv?"#define SHEEN_ROUGHNESSMAP_UV "+e.sheenRoughnessMapUv:"",e.specularMapUv?"#define SPECULARMAP_UV "+e.specularMapUv:"",e.specularColorMapUv?"#define SPECULAR_COLORMAP_UV "+e.specularColorMapUv:"",e.specularIntensityMapUv?"#define SPECULAR_INTENSITYMAP_UV "+e.specularIntensityMapUv:"",e.transmissionMapUv?"#define TRANSMISSIONMAP_UV "+e.transmissionMapUv:"",e.thicknessMapUv?"#define THICKNESSMAP_UV "+e.thicknessMapUv:"",e.vertexTangents&&e.flatShading===!1?"#define USE_TANGENT":"",e.vertexNormals?"#define HAS_NORMAL":"",e.vertexColors?"#define USE_COLOR":"",e.vertexAlphas?"#define USE_COLOR_ALPHA":"",e.vertexUv1s?"#define USE_UV1":"",e.vertexUv2s?"#define USE_UV2":"",e.vertexUv3s?"#define USE_UV3":"",e.pointsUvs?"#define USE_POINTS_UV":"",e.flatShading?"#define FLAT_SHADED":"",e.skinning?"#define USE_SKINNING":"",e.morphTargets?"#define USE_MORPHTARGETS":"",e.morphNormals&&e.flatShading===!1?"#define USE_MORPHNORMALS":"",e.morphColors?"#define USE_MORPHCOLORS":"",e.morphTargetsCount>0?"#define MORPHTARGETS_TEXTURE_STRIDE "+e.morphTextureStride:"",e.morphTargetsCount>0?"#define MORPHTARGETS_COUNT "+e.morphTargetsCount:"",e.doubleSided?"#define DOUBLE_SIDED":"",e.flipSided?"#define FLIP_SIDED":"",e.shadowMapEnabled?"#define USE_SHADOWMAP":"",e.shadowMapEnabled?"#define "+u:"",e.sizeAttenuation?"#define USE_SIZEATTENUATION":"",e.numLightProbes>0?"#define USE_LIGHT_PROBES":"",e.logarithmicDepthBuffer?"#define USE_LOGARITHMIC_DEPTH_BUFFER":"",e.reversedDepthBuffer?"#define USE_REVERSED_DEPTH_BUFFER":"","uniform mat4 modelMatrix;","uniform mat4 modelViewMatrix;","uniform mat4 projectionMatrix;","uniform mat4 viewMatrix;","uniform mat3 normalMatrix;","uniform vec3 cameraPosition;","uniform bool isOrthographic;","#ifdef USE_INSTANCING","	attribute mat4 instanceMatrix;","#endif","#ifdef USE_INSTANCING_COLOR","	attribute vec3 instanceColor;","#endif","#ifdef USE_INSTANCING_MORPH","	uniform sampler2D morphTexture;","#endif","attribute vec3 position;","attribute vec3 normal;","attribute vec2 uv;","#ifdef USE_UV1","	attribute vec2 uv1;","#endif","#ifdef USE_UV2","	attribute vec2 uv2;","#endif","#ifdef USE_UV3","	attribute vec2 uv3;","#endif","#ifdef USE_TANGENT","	attribute vec4 tangent;","#endif","#if defined( USE_COLOR_ALPHA )","	attribute vec4 color;","#elif defined( USE_COLOR )","	attribute vec3 color;","#endif","#ifdef USE_SKINNING","	attribute vec4 skinIndex;","	attribute vec4 skinWeight;","#endif",`
`].filter(No).join(`
`),x=[$p(e),"#define SHADER_TYPE "+e.shaderType,"#define SHADER_NAME "+e.shaderName,_,e.useFog&&e.fog?"#define USE_FOG":"",e.useFog&&e.fogExp2?"#define FOG_EXP2":"",e.alphaToCoverage?"#define ALPHA_TO_COVERAGE":"",e.map?"#define USE_MAP":"",e.matcap?"#define USE_MATCAP":"",e.envMap?"#define USE_ENVMAP":"",e.envMap?"#define "+d:"",e.envMap?"#define "+p:"",e.envMap?"#define "+m:"",e.envMapPMREM?"#define ENVMAP_MAX_LOD "+e.envMapMaxLod+".0":"",e.envMapPMREM?"#define ENVMAP_SIZE "+e.envMapSize+".0":"",e.lightMap?"#define USE_LIGHTMAP":"",e.aoMap?"#define USE_AOMAP":"",e.bumpMap?"#define USE_BUMPMAP":"",e.normalMap?"#define USE_NORMALMAP":"",e.normalMapObjectSpace?"#define USE_NORMALMAP_OBJECTSPACE":"",e.normalMapTangentSpace?"#define USE_NORMALMAP_TANGENTSPACE":"",e.packedNormalMap?"#define USE_PACKED_NORMALMAP":"",e.emissiveMap?"#define USE_EMISSIVEMAP":"",e.anisotropy?"#define USE_ANISOTROPY":"",e.anisotropyMap?"#define USE_ANISOTROPYMAP":"",e.clearcoat?"#define USE_CLEARCOAT":"",e.clearcoatMap?"#define USE_CLEARCOATMAP":"",e.clearcoatRoughnessMap?"#define USE_CLEARCOAT_ROUGHNESSMAP":"",e.clearcoatNormalMap?"#define USE_CLEARCOAT_NORMALMAP":"",e.diffuseRoughness?"#define USE_DIFFUSE_ROUGHNESS":"",e.diffuseRoughnessMap?"#define USE_DIFFUSE_ROUGHNESSMAP":"",e.dispersion?"#define USE_DISPERSION":"",e.retroreflection?"#define USE_RETROREFLECTION":"",e.iridescence?"#define USE_IRIDESCENCE":"",e.iridescenceMap?"#define USE_IRIDESCENCEMAP":"",e.iridescenceThicknessMap?"#define USE_IRIDESCENCE_THICKNESSMAP":"",e.specularMap?"#define USE_SPECULARMAP":"",e.specularColorMap?"#define USE_SPECULAR_COLORMAP":"",e.specularIntensityMap?"#define USE_SPECULAR_INTENSITYMAP":"",e.roughnessMap?"#define USE_ROUGHNESSMAP":"",e.metalnessMap?"#define USE_METALNESSMAP":"",e.alphaMap?"#define USE_ALPHAMAP":"",e.alphaTest?"#define USE_ALPHATEST":"",e.alphaHash?"#define USE_ALPHAHASH":"",e.sheen?"#define USE_SHEEN":"",e.sheenColorMap?"#define USE_SHEEN_COLORMAP":"",e.sheenRoughnessMap?"#define USE_SHEEN_ROUGHNESSMAP":"",e.transmission?"#define USE_TRANSMISSION":"",e.transmissionMap?"#define USE_TRANSMISSIONMAP":"",e.thicknessMap?"#define USE_THICKNESSMAP":"",e.vertexTangents&&e.flatShading===!1?"#define USE_TANGENT":"",e.vertexColors||e.instancingColor?"#define USE_COLOR":"",e.vertexAlphas||e.batchingColor?"#define USE_COLOR_ALPHA":"",e.vertexUv1s?"#define USE_UV1":"",e.vertexUv2s?"#define USE_UV2":"",e.vertexUv3s?"#define USE_UV3":"",e.pointsUvs?"#define USE_POINTS_UV":"",e.gradientMap?"#define USE_GRADIENTMAP":"",e.flatShading?"#define FLAT_SHADED":"",e.doubleSided?"#define DOUBLE_SIDED":"",e.flipSided?"#define FLIP_SIDED":"",e.shadowMapEnabled?"#define USE_SHADOWMAP":"",e.shadowMapEnabled?"#define "+u:"",e.premultipliedAlpha?"#define PREMULTIPLIED_ALPHA":"",e.numLightProbes>0?"#define USE_LIGHT_PROBES":"",e.decodeVideoTexture?"#define DECODE_VIDEO_TEXTURE":"",e.decodeVideoTextureEmissive?"#define DECODE_VIDEO_TEXTURE_EMISSIVE":"",e.logarithmicDepthBuffer?"#define USE_LOGARITHMIC_DEPTH_BUFFER":"",e.reversedDepthBuffer?"#define USE_REVERSED_DEPTH_BUFFER":"","uniform mat4 viewMatrix;","uniform vec3 cameraPosition;","uniform bool isOrthographic;",e.toneMapping!==Mn?"#define TONE_MAPPING":"",e.toneMapping!==Mn?ie.tonemapping_pars_fragment:"",e.toneMapping!==Mn?fb("toneMapping",e.toneMapping):"",e.dithering?"#define DITHERING":"",e.opaque?"#define OPAQUE":"",ie.colorspace_pars_fragment,ub("linearToOutputTexel",e.outputColorSpace),pb(),e.useDepthPacking?"#define DEPTH_PACKING "+e.depthPacking:"",`
`].filter(No).join(`
`)),l=Iu(l),l=Zp(l,e),l=qp(l,e),c=Iu(c),c=Zp(c,e),c=qp(c,e),l=Yp(l),c=Yp(c),e.isRawShaderMaterial!==!0&&(y=`#version 300 es
`,T=[g,"#define attribute in","#define varying out","#define texture2D texture"].join(`
`)+`
`+T,x=["#define varying in",e.glslVersion===_u?"":"layout(location = 0) out highp vec4 pc_fragColor;",e.glslVersion===_u?"":"#define gl_FragColor pc_fragColor","#define gl_FragDepthEXT gl_FragDepth","#define texture2D texture","#define textureCube texture","#define texture2DProj textureProj","#define texture2DLodEXT textureLod","#define texture2DProjLodEXT textureProjLod","#define textureCubeLodEXT textureLod","#define texture2DGradEXT textureGrad","#define texture2DProjGradEXT textureProjGrad","#define textureCubeGradEXT textureGrad"].join(`
`)+`
`+x);let A=y+T+l,I=y+x+c,P=Gp(r,r.VERTEX_SHADER,A),N=Gp(r,r.FRAGMENT_SHADER,I);r.attachShader(M,P),r.attachShader(M,N),e.index0AttributeName!==void 0?r.bindAttribLocation(M,0,e.index0AttributeName):e.hasPositionAttribute===!0&&r.bindAttribLocation(M,0,"position"),r.linkProgram(M);function D(z){if(n.debug.checkShaderErrors){let G=r.getProgramInfoLog(M)||"",K=r.getShaderInfoLog(P)||"",ot=r.getShaderInfoLog(N)||"",B=G.trim(),it=K.trim(),Z=ot.trim(),et=!0,nt=!0;if(r.getProgramParameter(M,r.LINK_STATUS)===!1)if(et=!1,typeof n.debug.onShaderError=="function")n.debug.onShaderError(r,M,P,N);else{let J=Xp(r,P,"vertex"),ct=Xp(r,N,"fragment");Kt("WebGLProgram: Shader Error "+r.getError()+" - VALIDATE_STATUS "+r.getProgramParameter(M,r.VALIDATE_STATUS)+`

Material Name: `+z.name+`
Material Type: `+z.type+`

Program Info Log: `+B+`
`+J+`
`+ct)}else B!==""?Zt("WebGLProgram: Program Info Log:",B):(it===""||Z==="")&&(nt=!1);nt&&(z.diagnostics={runnable:et,programLog:B,vertexShader:{log:it,prefix:T},fragmentShader:{log:Z,prefix:x}})}r.deleteShader(P),r.deleteShader(N),b=new Ir(r,M),C=_b(r,M)}let b;this.getUniforms=function(){return b===void 0&&D(this),b};let C;this.getAttributes=function(){return C===void 0&&D(this),C};let X=e.rendererExtensionParallelShaderCompile===!1;return this.isReady=function(){return X===!1&&(X=r.getProgramParameter(M,ab)),X},this.destroy=function(){i.releaseStatesOfProgram(this),r.deleteProgram(M),this.program=void 0},this.type=e.shaderType,this.name=e.shaderName,this.id=lb++,this.cacheKey=t,this.usedTimes=1,this.program=M,this.vertexShader=P,this.fragmentShader=N,this}var Cb=0,Du=class{constructor(){this.shaderCache=new Map,this.materialCache=new Map}update(t,e,i){let r=this._getShaderCacheForMaterial(t);return r.has(e)===!1&&(r.add(e),e.usedTimes++),r.has(i)===!1&&(r.add(i),i.usedTimes++),this}remove(t){let e=this.materialCache.get(t);for(let i of e)i.usedTimes--,i.usedTimes===0&&this.shaderCache.delete(i.code);return this.materialCache.delete(t),this}getVertexShaderStage(t){return this._getShaderStage(t.vertexShader)}getFragmentShaderStage(t){return this._getShaderStage(t.fragmentShader)}dispose(){this.shaderCache.clear(),this.materialCache.clear()}_getShaderCacheForMaterial(t){let e=this.materialCache,i=e.get(t);return i===void 0&&(i=new Set,e.set(t,i)),i}_getShaderStage(t){let e=this.shaderCache,i=e.get(t);return i===void 0&&(i=new Nu(t),e.set(t,i)),i}},Nu=class{constructor(t){this.id=Cb++,this.code=t,this.usedTimes=0}};function Rb(n){return n===ps||n===Lo||n===Io}function Lb(n,t,e,i,r,o){let l=new vr,c=new Du,u=new Set,d=[],p=new Map,m=i.logarithmicDepthBuffer,g={MeshDepthMaterial:"depth",MeshDistanceMaterial:"distance",MeshNormalMaterial:"normal",MeshBasicMaterial:"basic",MeshLambertMaterial:"lambert",MeshPhongMaterial:"phong",MeshToonMaterial:"toon",MeshStandardMaterial:"physical",MeshPhysicalMaterial:"physical",MeshMatcapMaterial:"matcap",LineBasicMaterial:"basic",LineDashedMaterial:"dashed",PointsMaterial:"points",ShadowMaterial:"shadow",SpriteMaterial:"sprite"};function _(b){return u.add(b),b===0?"uv":`uv${b}`}function M(b,C,X,z,G,K){let ot=z.fog,B=G.geometry,it=b.isMeshStandardMaterial||b.isMeshLambertMaterial||b.isMeshPhongMaterial?z.environment:null,Z=b.isMeshStandardMaterial||b.isMeshLambertMaterial&&!b.envMap||b.isMeshPhongMaterial&&!b.envMap,et=t.get(b.envMap||it,Z),nt=g[b.type],J=i.precision;b.precision!==null&&(J=i.getMaxPrecision(b.precision),J!==b.precision&&Zt("WebGLProgram.getParameters:",b.precision,"not supported, using",J,"instead."));let ct=B.morphAttributes.position||B.morphAttributes.normal||B.morphAttributes.color,dt=ct!==void 0?ct.length:0,At=0;B.morphAttributes.position!==void 0&&(At=1),B.morphAttributes.normal!==void 0&&(At=2),B.morphAttributes.color!==void 0&&(At=3);let It,j,wt,Dt;if(nt){let rt=Sn[nt];It=rt.vertexShader,j=rt.fragmentShader}else{It=b.vertexShader,j=b.fragmentShader;let rt=c.getVertexShaderStage(b),pe=c.getFragmentShaderStage(b);c.update(b,rt,pe),wt=rt.id,Dt=pe.id}let kt=n.getRenderTarget(),Ct=n.state.buffers.depth.getReversed(),Qt=G.isInstancedMesh===!0,Se=G.isBatchedMesh===!0,Vt=!!b.map,me=!!b.matcap,_e=!!et,ne=_e&&et.isPMREMTexture===!0,Fe=!!b.aoMap,Le=!!b.lightMap,oi=!!b.bumpMap&&b.wireframe===!1,we=!!b.normalMap,Mi=!!b.displacementMap,Be=!!b.emissiveMap,mi=!!b.metalnessMap,bi=!!b.roughnessMap,Si=b.anisotropy>0,H=b.clearcoat>0,gi=b.diffuseRoughness>0,Me=b.dispersion>0,Ee=b.retroreflectivity>0,Pt=b.iridescence>0,Ne=b.sheen>0,Gt=b.transmission>0,Yt=Si&&!!b.anisotropyMap,R=H&&!!b.clearcoatMap,S=H&&!!b.clearcoatNormalMap,Y=H&&!!b.clearcoatRoughnessMap,mt=gi&&!!b.diffuseRoughnessMap,ut=Pt&&!!b.iridescenceMap,xt=Pt&&!!b.iridescenceThicknessMap,Et=Ne&&!!b.sheenColorMap,at=Ne&&!!b.sheenRoughnessMap,lt=!!b.specularMap,bt=!!b.specularColorMap,O=!!b.specularIntensityMap,ht=Gt&&!!b.transmissionMap,st=Gt&&!!b.thicknessMap,St=!!b.gradientMap,_t=!!b.alphaMap,vt=b.alphaTest>0,Bt=!!b.alphaHash,te=!!b.extensions,gt=Mn;b.toneMapped&&(kt===null||kt.isXRRenderTarget===!0)&&(gt=n.toneMapping);let zt=ne?et.isCompressedCubeTexture?et.image[0].mipmaps:et.mipmaps:null,Wt={shaderID:nt,shaderType:b.type,shaderName:b.name,vertexShader:It,fragmentShader:j,defines:b.defines,customVertexShaderID:wt,customFragmentShaderID:Dt,isRawShaderMaterial:b.isRawShaderMaterial===!0,glslVersion:b.glslVersion,precision:J,batching:Se,batchingColor:Se&&G._colorsTexture!==null,instancing:Qt,instancingColor:Qt&&G.instanceColor!==null,instancingMorph:Qt&&G.morphTexture!==null,outputColorSpace:kt===null?n.outputColorSpace:kt.isXRRenderTarget===!0?kt.texture.colorSpace:ae.workingColorSpace,alphaToCoverage:!!b.alphaToCoverage,map:Vt,matcap:me,envMap:_e,envMapMode:_e&&et.mapping,envMapPMREM:ne,envMapMaxLod:ne?zt.length-1:null,envMapSize:ne?zt[0].width:null,aoMap:Fe,lightMap:Le,bumpMap:oi,normalMap:we,displacementMap:Mi,emissiveMap:Be,normalMapObjectSpace:we&&b.normalMapType===mp,normalMapTangentSpace:we&&b.normalMapType===fu,packedNormalMap:we&&b.normalMapType===fu&&Rb(b.normalMap.format),metalnessMap:mi,roughnessMap:bi,anisotropy:Si,anisotropyMap:Yt,clearcoat:H,clearcoatMap:R,clearcoatNormalMap:S,clearcoatRoughnessMap:Y,diffuseRoughness:gi,diffuseRoughnessMap:mt,dispersion:Me,retroreflection:Ee,iridescence:Pt,iridescenceMap:ut,iridescenceThicknessMap:xt,sheen:Ne,sheenColorMap:Et,sheenRoughnessMap:at,specularMap:lt,specularColorMap:bt,specularIntensityMap:O,transmission:Gt,transmissionMap:ht,thicknessMap:st,gradientMap:St,opaque:b.transparent===!1&&b.blending===Pr&&b.alphaToCoverage===!1,alphaMap:_t,alphaTest:vt,alphaHash:Bt,combine:b.combine,mapUv:Vt&&_(b.map.channel),aoMapUv:Fe&&_(b.aoMap.channel),lightMapUv:Le&&_(b.lightMap.channel),bumpMapUv:oi&&_(b.bumpMap.channel),normalMapUv:we&&_(b.normalMap.channel),displacementMapUv:Mi&&_(b.displacementMap.channel),emissiveMapUv:Be&&_(b.emissiveMap.channel),metalnessMapUv:mi&&_(b.metalnessMap.channel),roughnessMapUv:bi&&_(b.roughnessMap.channel),anisotropyMapUv:Yt&&_(b.anisotropyMap.channel),clearcoatMapUv:R&&_(b.clearcoatMap.channel),clearcoatNormalMapUv:S&&_(b.clearcoatNormalMap.channel),clearcoatRoughnessMapUv:Y&&_(b.clearcoatRoughnessMap.channel),diffuseRoughnessMapUv:mt&&_(b.diffuseRoughnessMap.channel),iridescenceMapUv:ut&&_(b.iridescenceMap.channel),iridescenceThicknessMapUv:xt&&_(b.iridescenceThicknessMap.channel),sheenColorMapUv:Et&&_(b.sheenColorMap.channel),sheenRoughnessMapUv:at&&_(b.sheenRoughnessMap.channel),specularMapUv:lt&&_(b.specularMap.channel),specularColorMapUv:bt&&_(b.specularColorMap.channel),specularIntensityMapUv:O&&_(b.specularIntensityMap.channel),transmissionMapUv:ht&&_(b.transmissionMap.channel),thicknessMapUv:st&&_(b.thicknessMap.channel),alphaMapUv:_t&&_(b.alphaMap.channel),vertexTangents:!!B.attributes.tangent&&(we||Si),vertexNormals:!!B.attributes.normal,vertexColors:b.vertexColors,vertexAlphas:b.vertexColors===!0&&!!B.attributes.color&&B.attributes.color.itemSize===4,pointsUvs:G.isPoints===!0&&!!B.attributes.uv&&(Vt||_t),fog:!!ot,useFog:b.fog===!0,fogExp2:!!ot&&ot.isFogExp2,flatShading:b.wireframe===!1&&(b.flatShading===!0||B.attributes.normal===void 0&&we===!1&&(b.isMeshLambertMaterial||b.isMeshPhongMaterial||b.isMeshStandardMaterial||b.isMeshPhysicalMaterial)),sizeAttenuation:b.sizeAttenuation===!0,logarithmicDepthBuffer:m,reversedDepthBuffer:Ct,skinning:G.isSkinnedMesh===!0,hasPositionAttribute:B.attributes.position!==void 0,morphTargets:B.morphAttributes.position!==void 0,morphNormals:B.morphAttributes.normal!==void 0,morphColors:B.morphAttributes.color!==void 0,morphTargetsCount:dt,morphTextureStride:At,numSunLights:C.sun.length,numDirLights:C.directional.length,numPointLights:C.point.length,numSpotLights:C.spot.length,numSpotLightMaps:C.spotLightMap.length,numRectAreaLights:C.rectArea.length,numHemiLights:C.hemi.length,numSunLightShadows:C.sunShadowMap.length,numDirLightShadows:C.directionalShadowMap.length,numPointLightShadows:C.pointShadowMap.length,numSpotLightShadows:C.spotShadowMap.length,numSpotLightShadowsWithMaps:C.numSpotLightShadowsWithMaps,numLightProbes:C.numLightProbes,numLightProbeGrids:K.filter(rt=>rt.texture!==null).length,numClippingPlanes:o.numPlanes,numClipIntersection:o.numIntersection,dithering:b.dithering,shadowMapEnabled:n.shadowMap.enabled&&X.length>0,shadowMapType:n.shadowMap.type,toneMapping:gt,decodeVideoTexture:Vt&&b.map.isVideoTexture===!0&&ae.getTransfer(b.map.colorSpace)===ve,decodeVideoTextureEmissive:Be&&b.emissiveMap.isVideoTexture===!0&&ae.getTransfer(b.emissiveMap.colorSpace)===ve,premultipliedAlpha:b.premultipliedAlpha,doubleSided:b.side===Pi,flipSided:b.side===xi,useDepthPacking:b.depthPacking>=0,depthPacking:b.depthPacking||0,index0AttributeName:b.index0AttributeName,extensionClipCullDistance:te&&b.extensions.clipCullDistance===!0&&e.has("WEBGL_clip_cull_distance"),extensionMultiDraw:(te&&b.extensions.multiDraw===!0||Se)&&e.has("WEBGL_multi_draw"),rendererExtensionParallelShaderCompile:e.has("KHR_parallel_shader_compile"),customProgramCacheKey:b.customProgramCacheKey()};return Wt.vertexUv1s=u.has(1),Wt.vertexUv2s=u.has(2),Wt.vertexUv3s=u.has(3),u.clear(),Wt}function T(b){let C=[];if(b.shaderID?C.push(b.shaderID):(C.push(b.customVertexShaderID),C.push(b.customFragmentShaderID)),b.defines!==void 0)for(let X in b.defines)C.push(X),C.push(b.defines[X]);return b.isRawShaderMaterial===!1&&(x(C,b),y(C,b),C.push(n.outputColorSpace)),C.push(b.customProgramCacheKey),C.join()}function x(b,C){b.push(C.precision),b.push(C.outputColorSpace),b.push(C.envMapMode),b.push(C.envMapPMREM),b.push(C.envMapMaxLod),b.push(C.envMapSize),b.push(C.mapUv),b.push(C.alphaMapUv),b.push(C.lightMapUv),b.push(C.aoMapUv),b.push(C.bumpMapUv),b.push(C.normalMapUv),b.push(C.displacementMapUv),b.push(C.emissiveMapUv),b.push(C.metalnessMapUv),b.push(C.roughnessMapUv),b.push(C.anisotropyMapUv),b.push(C.clearcoatMapUv),b.push(C.clearcoatNormalMapUv),b.push(C.clearcoatRoughnessMapUv),b.push(C.diffuseRoughnessMapUv),b.push(C.iridescenceMapUv),b.push(C.iridescenceThicknessMapUv),b.push(C.sheenColorMapUv),b.push(C.sheenRoughnessMapUv),b.push(C.specularMapUv),b.push(C.specularColorMapUv),b.push(C.specularIntensityMapUv),b.push(C.transmissionMapUv),b.push(C.thicknessMapUv),b.push(C.combine),b.push(C.fogExp2),b.push(C.sizeAttenuation),b.push(C.morphTargetsCount),b.push(C.numSunLights),b.push(C.numDirLights),b.push(C.numPointLights),b.push(C.numSpotLights),b.push(C.numSpotLightMaps),b.push(C.numHemiLights),b.push(C.numRectAreaLights),b.push(C.numSunLightShadows),b.push(C.numDirLightShadows),b.push(C.numPointLightShadows),b.push(C.numSpotLightShadows),b.push(C.numSpotLightShadowsWithMaps),b.push(C.numLightProbes),b.push(C.numLightProbeGrids),b.push(C.shadowMapType),b.push(C.toneMapping),b.push(C.numClippingPlanes),b.push(C.numClipIntersection),b.push(C.depthPacking)}function y(b,C){l.disableAll(),C.instancing&&l.enable(0),C.instancingColor&&l.enable(1),C.instancingMorph&&l.enable(2),C.matcap&&l.enable(3),C.envMap&&l.enable(4),C.normalMapObjectSpace&&l.enable(5),C.normalMapTangentSpace&&l.enable(6),C.clearcoat&&l.enable(7),C.iridescence&&l.enable(8),C.alphaTest&&l.enable(9),C.vertexColors&&l.enable(10),C.vertexAlphas&&l.enable(11),C.vertexUv1s&&l.enable(12),C.vertexUv2s&&l.enable(13),C.vertexUv3s&&l.enable(14),C.vertexTangents&&l.enable(15),C.anisotropy&&l.enable(16),C.alphaHash&&l.enable(17),C.batching&&l.enable(18),C.dispersion&&l.enable(19),C.retroreflection&&l.enable(24),C.diffuseRoughness&&l.enable(25),C.batchingColor&&l.enable(20),C.gradientMap&&l.enable(21),C.packedNormalMap&&l.enable(22),C.vertexNormals&&l.enable(23),b.push(l.mask),l.disableAll(),C.fog&&l.enable(0),C.useFog&&l.enable(1),C.flatShading&&l.enable(2),C.logarithmicDepthBuffer&&l.enable(3),C.reversedDepthBuffer&&l.enable(4),C.skinning&&l.enable(5),C.morphTargets&&l.enable(6),C.morphNormals&&l.enable(7),C.morphColors&&l.enable(8),C.premultipliedAlpha&&l.enable(9),C.shadowMapEnabled&&l.enable(10),C.doubleSided&&l.enable(11),C.flipSided&&l.enable(12),C.useDepthPacking&&l.enable(13),C.dithering&&l.enable(14),C.transmission&&l.enable(15),C.sheen&&l.enable(16),C.opaque&&l.enable(17),C.pointsUvs&&l.enable(18),C.decodeVideoTexture&&l.enable(19),C.decodeVideoTextureEmissive&&l.enable(20),C.alphaToCoverage&&l.enable(21),C.numLightProbeGrids>0&&l.enable(22),C.hasPositionAttribute&&l.enable(23),b.push(l.mask)}function A(b){let C=g[b.type],X;if(C){let z=Sn[C];X=Rp.clone(z.uniforms)}else X=b.uniforms;return X}function I(b,C){let X=p.get(C);return X!==void 0?++X.usedTimes:(X=new Pb(n,C,b,r),d.push(X),p.set(C,X)),X}function P(b){if(--b.usedTimes===0){let C=d.indexOf(b);d[C]=d[d.length-1],d.pop(),p.delete(b.cacheKey),b.destroy()}}function N(b){c.remove(b)}function D(){c.dispose()}return{getParameters:M,getProgramCacheKey:T,getUniforms:A,acquireProgram:I,releaseProgram:P,releaseShaderCache:N,programs:d,dispose:D}}function Ib(){let n=new WeakMap;function t(l){return n.has(l)}function e(l){let c=n.get(l);return c===void 0&&(c={},n.set(l,c)),c}function i(l){n.delete(l)}function r(l,c,u){n.get(l)[c]=u}function o(){n=new WeakMap}return{has:t,get:e,remove:i,update:r,dispose:o}}function Db(n,t){return n.groupOrder!==t.groupOrder?n.groupOrder-t.groupOrder:n.renderOrder!==t.renderOrder?n.renderOrder-t.renderOrder:n.material.id!==t.material.id?n.material.id-t.material.id:n.materialVariant!==t.materialVariant?n.materialVariant-t.materialVariant:n.z!==t.z?n.z-t.z:n.id-t.id}function jp(n,t){return n.groupOrder!==t.groupOrder?n.groupOrder-t.groupOrder:n.renderOrder!==t.renderOrder?n.renderOrder-t.renderOrder:n.z!==t.z?t.z-n.z:n.id-t.id}function Kp(){let n=[],t=0,e=[],i=[],r=[];function o(){t=0,e.length=0,i.length=0,r.length=0}function l(g){let _=0;return g.isInstancedMesh&&(_+=2),g.isSkinnedMesh&&(_+=1),_}function c(g,_,M,T,x,y){let A=n[t];return A===void 0?(A={id:g.id,object:g,geometry:_,material:M,materialVariant:l(g),groupOrder:T,renderOrder:g.renderOrder,z:x,group:y},n[t]=A):(A.id=g.id,A.object=g,A.geometry=_,A.material=M,A.materialVariant=l(g),A.groupOrder=T,A.renderOrder=g.renderOrder,A.z=x,A.group=y),t++,A}function u(g,_,M,T,x,y,A){A.reversedDepth===!0&&(x=-x);let I=c(g,_,M,T,x,y);M.transmission>0?i.push(I):M.transparent===!0?r.push(I):e.push(I)}function d(g,_,M,T,x,y){let A=c(g,_,M,T,x,y);M.transmission>0?i.unshift(A):M.transparent===!0?r.unshift(A):e.unshift(A)}function p(g,_){e.length>1&&e.sort(g||Db),i.length>1&&i.sort(_||jp),r.length>1&&r.sort(_||jp)}function m(){for(let g=t,_=n.length;g<_;g++){let M=n[g];if(M.id===null)break;M.id=null,M.object=null,M.geometry=null,M.material=null,M.group=null}}return{opaque:e,transmissive:i,transparent:r,init:o,push:u,unshift:d,finish:m,sort:p}}function Nb(){let n=new WeakMap;function t(i,r){let o=n.get(i),l;return o===void 0?(l=new Kp,n.set(i,[l])):r>=o.length?(l=new Kp,o.push(l)):l=o[r],l}function e(){n=new WeakMap}return{get:t,dispose:e}}function Ob(){let n={};return{get:function(t){if(n[t.id]!==void 0)return n[t.id];let e;switch(t.type){case"SunLight":case"DirectionalLight":e={direction:new F,color:new se};break;case"SpotLight":e={position:new F,direction:new F,color:new se,distance:0,coneCos:0,penumbraCos:0,decay:0};break;case"PointLight":e={position:new F,color:new se,distance:0,decay:0};break;case"HemisphereLight":e={direction:new F,skyColor:new se,groundColor:new se};break;case"RectAreaLight":e={color:new se,position:new F,halfWidth:new F,halfHeight:new F};break}return n[t.id]=e,e}}}function Ub(){let n={};return{get:function(t){if(n[t.id]!==void 0)return n[t.id];let e;switch(t.type){case"SunLight":case"DirectionalLight":e={shadowIntensity:1,shadowBias:0,shadowNormalBias:0,shadowRadius:1,shadowMapSize:new Ht};break;case"SpotLight":e={shadowIntensity:1,shadowBias:0,shadowNormalBias:0,shadowRadius:1,shadowMapSize:new Ht};break;case"PointLight":e={shadowIntensity:1,shadowBias:0,shadowNormalBias:0,shadowRadius:1,shadowMapSize:new Ht,shadowCameraNear:1,shadowCameraFar:1e3};break}return n[t.id]=e,e}}}var Fb=0;function Bb(n,t){return(t.castShadow?2:0)-(n.castShadow?2:0)+(t.map?1:0)-(n.map?1:0)}function zb(n){let t=new Ob,e=Ub(),i={version:0,hash:{sunLength:-1,directionalLength:-1,pointLength:-1,spotLength:-1,rectAreaLength:-1,hemiLength:-1,numSunShadows:-1,numDirectionalShadows:-1,numPointShadows:-1,numSpotShadows:-1,numSpotMaps:-1,numLightProbes:-1},ambient:[0,0,0],probe:[],sun:[],sunShadow:[],sunShadowMap:[],sunShadowMatrix:[],sunShadowCascade:[],directional:[],directionalShadow:[],directionalShadowMap:[],directionalShadowMatrix:[],spot:[],spotLightMap:[],spotShadow:[],spotShadowMap:[],spotLightMatrix:[],rectArea:[],rectAreaLTC1:null,rectAreaLTC2:null,point:[],pointShadow:[],pointShadowMap:[],pointShadowMatrix:[],hemi:[],numSpotLightShadowsWithMaps:0,numLightProbes:0};for(let d=0;d<9;d++)i.probe.push(new F);let r=new F,o=new ce,l=new ce;function c(d){let p=0,m=0,g=0;for(let K=0;K<9;K++)i.probe[K].set(0,0,0);let _=0,M=0,T=0,x=0,y=0,A=0,I=0,P=0,N=0,D=0,b=0,C=0,X=0,z=0;d.sort(Bb);for(let K=0,ot=d.length;K<ot;K++){let B=d[K],it=B.color,Z=B.intensity,et=B.distance,nt=null;if(B.shadow&&B.shadow.map&&(B.shadow.map.texture.format===ps?nt=B.shadow.map.texture:nt=B.shadow.map.depthTexture||B.shadow.map.texture),B.isAmbientLight)p+=it.r*Z,m+=it.g*Z,g+=it.b*Z;else if(B.isLightProbe){for(let J=0;J<9;J++)i.probe[J].addScaledVector(B.sh.coefficients[J],Z);z++}else if(B.isSunLight){let J=t.get(B);if(J.color.copy(B.color).multiplyScalar(B.intensity),B.castShadow){let ct=B.shadow,dt=e.get(B);dt.shadowIntensity=ct.intensity,dt.shadowBias=ct.bias,dt.shadowNormalBias=ct.normalBias,dt.shadowRadius=ct.radius,dt.shadowMapSize.copy(ct.mapSize).multiply(ct.getFrameExtents()),i.sunShadow[M]=dt,i.sunShadowMap[M]=nt;let At=ct.getViewportCount();for(let It=0;It<At;It++)i.sunShadowMatrix[T+It]=ct.getMatrix(It),i.sunShadowCascade[T+It]=ct._cascadeData[It];T+=At,M++}i.sun[_]=J,_++}else if(B.isDirectionalLight){let J=t.get(B);if(J.color.copy(B.color).multiplyScalar(B.intensity),B.castShadow){let ct=B.shadow,dt=e.get(B);dt.shadowIntensity=ct.intensity,dt.shadowBias=ct.bias,dt.shadowNormalBias=ct.normalBias,dt.shadowRadius=ct.radius,dt.shadowMapSize=ct.mapSize,i.directionalShadow[x]=dt,i.directionalShadowMap[x]=nt,i.directionalShadowMatrix[x]=B.shadow.matrix,N++}i.directional[x]=J,x++}else if(B.isSpotLight){let J=t.get(B);J.position.setFromMatrixPosition(B.matrixWorld),J.color.copy(it).multiplyScalar(Z),J.distance=et,J.coneCos=Math.cos(B.angle),J.penumbraCos=Math.cos(B.angle*(1-B.penumbra)),J.decay=B.decay,i.spot[A]=J;let ct=B.shadow;if(B.map&&(i.spotLightMap[C]=B.map,C++,ct.updateMatrices(B),B.castShadow&&X++),i.spotLightMatrix[A]=ct.matrix,B.castShadow){let dt=e.get(B);dt.shadowIntensity=ct.intensity,dt.shadowBias=ct.bias,dt.shadowNormalBias=ct.normalBias,dt.shadowRadius=ct.radius,dt.shadowMapSize=ct.mapSize,i.spotShadow[A]=dt,i.spotShadowMap[A]=nt,b++}A++}else if(B.isRectAreaLight){let J=t.get(B);J.color.copy(it).multiplyScalar(Z),J.halfWidth.set(B.width*.5,0,0),J.halfHeight.set(0,B.height*.5,0),i.rectArea[I]=J,I++}else if(B.isPointLight){let J=t.get(B);if(J.color.copy(B.color).multiplyScalar(B.intensity),J.distance=B.distance,J.decay=B.decay,B.castShadow){let ct=B.shadow,dt=e.get(B);dt.shadowIntensity=ct.intensity,dt.shadowBias=ct.bias,dt.shadowNormalBias=ct.normalBias,dt.shadowRadius=ct.radius,dt.shadowMapSize=ct.mapSize,dt.shadowCameraNear=ct.camera.near,dt.shadowCameraFar=ct.camera.far,i.pointShadow[y]=dt,i.pointShadowMap[y]=nt,i.pointShadowMatrix[y]=B.shadow.matrix,D++}i.point[y]=J,y++}else if(B.isHemisphereLight){let J=t.get(B);J.skyColor.copy(B.color).multiplyScalar(Z),J.groundColor.copy(B.groundColor).multiplyScalar(Z),i.hemi[P]=J,P++}}I>0&&(n.has("OES_texture_float_linear")===!0?(i.rectAreaLTC1=Lt.LTC_FLOAT_1,i.rectAreaLTC2=Lt.LTC_FLOAT_2):(i.rectAreaLTC1=Lt.LTC_HALF_1,i.rectAreaLTC2=Lt.LTC_HALF_2)),i.ambient[0]=p,i.ambient[1]=m,i.ambient[2]=g;let G=i.hash;(G.sunLength!==_||G.directionalLength!==x||G.pointLength!==y||G.spotLength!==A||G.rectAreaLength!==I||G.hemiLength!==P||G.numSunShadows!==M||G.numDirectionalShadows!==N||G.numPointShadows!==D||G.numSpotShadows!==b||G.numSpotMaps!==C||G.numLightProbes!==z)&&(i.sun.length=_,i.directional.length=x,i.spot.length=A,i.rectArea.length=I,i.point.length=y,i.hemi.length=P,i.sunShadow.length=M,i.sunShadowMap.length=M,i.sunShadowMatrix.length=T,i.sunShadowCascade.length=T,i.directionalShadow.length=N,i.directionalShadowMap.length=N,i.directionalShadowMatrix.length=N,i.pointShadow.length=D,i.pointShadowMap.length=D,i.pointShadowMatrix.length=D,i.spotShadow.length=b,i.spotShadowMap.length=b,i.spotLightMatrix.length=b+C-X,i.spotLightMap.length=C,i.numSpotLightShadowsWithMaps=X,i.numLightProbes=z,G.sunLength=_,G.directionalLength=x,G.pointLength=y,G.spotLength=A,G.rectAreaLength=I,G.hemiLength=P,G.numSunShadows=M,G.numDirectionalShadows=N,G.numPointShadows=D,G.numSpotShadows=b,G.numSpotMaps=C,G.numLightProbes=z,i.version=Fb++)}function u(d,p){let m=0,g=0,_=0,M=0,T=0,x=0,y=p.matrixWorldInverse;for(let A=0,I=d.length;A<I;A++){let P=d[A];if(P.isSunLight){let N=i.sun[m];N.direction.setFromMatrixPosition(P.matrixWorld),N.direction.transformDirection(y),m++}else if(P.isDirectionalLight){let N=i.directional[g];N.direction.setFromMatrixPosition(P.matrixWorld),r.setFromMatrixPosition(P.target.matrixWorld),N.direction.sub(r),N.direction.transformDirection(y),g++}else if(P.isSpotLight){let N=i.spot[M];N.position.setFromMatrixPosition(P.matrixWorld),N.position.applyMatrix4(y),N.direction.setFromMatrixPosition(P.matrixWorld),r.setFromMatrixPosition(P.target.matrixWorld),N.direction.sub(r),N.direction.transformDirection(y),M++}else if(P.isRectAreaLight){let N=i.rectArea[T];N.position.setFromMatrixPosition(P.matrixWorld),N.position.applyMatrix4(y),l.identity(),o.copy(P.matrixWorld),o.premultiply(y),l.extractRotation(o),N.halfWidth.set(P.width*.5,0,0),N.halfHeight.set(0,P.height*.5,0),N.halfWidth.applyMatrix4(l),N.halfHeight.applyMatrix4(l),T++}else if(P.isPointLight){let N=i.point[_];N.position.setFromMatrixPosition(P.matrixWorld),N.position.applyMatrix4(y),_++}else if(P.isHemisphereLight){let N=i.hemi[x];N.direction.setFromMatrixPosition(P.matrixWorld),N.direction.transformDirection(y),x++}}}return{setup:c,setupView:u,state:i}}function Jp(n){let t=new zb(n),e=[],i=[],r=[];function o(m){p.camera=m,e.length=0,i.length=0,r.length=0}function l(m){m.isLightProbeGrid?r.push(m):e.push(m)}function c(m){i.push(m)}function u(){t.setup(e),r.sort((m,g)=>m.priority-g.priority||m.id-g.id)}function d(m){t.setupView(e,m)}let p={lightsArray:e,shadowsArray:i,lightProbeGridArray:r,camera:null,lights:t,transmissionRenderTarget:{},textureUnits:0};return{init:o,state:p,setupLights:u,setupLightsView:d,pushLight:l,pushShadow:c}}function kb(n){let t=new WeakMap;function e(r,o=0){let l=t.get(r),c;return l===void 0?(c=new Jp(n),t.set(r,[c])):o>=l.length?(c=new Jp(n),l.push(c)):c=l[o],c}function i(){t=new WeakMap}return{get:e,dispose:i}}var Hb=`void main() {
	gl_Position = vec4( position, 1.0 );
}`,Vb=`uniform sampler2D shadow_pass;
uniform vec2 resolution;
uniform float radius;
void main() {
	const float samples = float( VSM_SAMPLES );
	float mean = 0.0;
	float squared_mean = 0.0;
	float uvStride = samples <= 1.0 ? 0.0 : 2.0 / ( samples - 1.0 );
	float uvStart = samples <= 1.0 ? 0.0 : - 1.0;
	for ( float i = 0.0; i < samples; i ++ ) {
		float uvOffset = uvStart + i * uvStride;
		#ifdef HORIZONTAL_PASS
			vec2 distribution = texture2D( shadow_pass, ( gl_FragCoord.xy + vec2( uvOffset, 0.0 ) * radius ) / resolution ).rg;
			mean += distribution.x;
			squared_mean += distribution.y * distribution.y + distribution.x * distribution.x;
		#else
			float depth = texture2D( shadow_pass, ( gl_FragCoord.xy + vec2( 0.0, uvOffset ) * radius ) / resolution ).r;
			mean += depth;
			squared_mean += depth * depth;
		#endif
	}
	mean = mean / samples;
	squared_mean = squared_mean / samples;
	float std_dev = sqrt( max( 0.0, squared_mean - mean * mean ) );
	gl_FragColor = vec4( mean, std_dev, 0.0, 1.0 );
}`,Gb=[new F(1,0,0),new F(-1,0,0),new F(0,1,0),new F(0,-1,0),new F(0,0,1),new F(0,0,-1)],Wb=[new F(0,-1,0),new F(0,-1,0),new F(0,0,1),new F(0,0,-1),new F(0,-1,0),new F(0,-1,0)],Qp=new ce,Do=new F,Pu=new F;function Xb(n,t,e){let i=new Vn,r=new Ht,o=new Ht,l=new Re,c=new Ja,u=new Qa,d={},p=e.maxTextureSize,m={[fs]:xi,[xi]:fs,[Pi]:Pi},g=new ti({defines:{VSM_SAMPLES:8},uniforms:{shadow_pass:{value:null},resolution:{value:new Ht},radius:{value:4}},vertexShader:Hb,fragmentShader:Vb}),_=g.clone();_.defines.HORIZONTAL_PASS=1;let M=new He;M.setAttribute("position",new ii(new Float32Array([-1,-1,.5,3,-1,.5,-1,3,.5]),3));let T=new Qe(M,g),x=this;this.enabled=!1,this.autoUpdate=!0,this.needsUpdate=!1,this.type=So;let y=this.type;this.render=function(D,b,C){if(x.enabled===!1||x.autoUpdate===!1&&x.needsUpdate===!1||D.length===0)return;this.type===Yf&&(Zt("WebGLShadowMap: PCFSoftShadowMap has been removed. Using PCFShadowMap instead."),this.type=So);let X=n.getRenderTarget(),z=n.getActiveCubeFace(),G=n.getActiveMipmapLevel(),K=n.state;K.setBlending(Zn),K.buffers.depth.getReversed()===!0?K.buffers.color.setClear(0,0,0,0):K.buffers.color.setClear(1,1,1,1),K.buffers.depth.setTest(!0),K.setScissorTest(!1);let ot=y!==this.type;ot&&b.traverse(function(B){B.material&&(Array.isArray(B.material)?B.material.forEach(it=>it.needsUpdate=!0):B.material.needsUpdate=!0)});for(let B=0,it=D.length;B<it;B++){let Z=D[B],et=Z.shadow;if(et===void 0){Zt("WebGLShadowMap:",Z,"has no shadow.");continue}if(et.autoUpdate===!1&&et.needsUpdate===!1)continue;r.copy(et.mapSize);let nt=et.getFrameExtents();r.multiply(nt),o.copy(et.mapSize),(r.x>p||r.y>p)&&(r.x>p&&(o.x=Math.floor(p/nt.x),r.x=o.x*nt.x,et.mapSize.x=o.x),r.y>p&&(o.y=Math.floor(p/nt.y),r.y=o.y*nt.y,et.mapSize.y=o.y));let J=n.state.buffers.depth.getReversed();if(et.camera._reversedDepth=J,et.map===null||ot===!0){if(et.map!==null&&(et.map.depthTexture!==null&&(et.map.depthTexture.dispose(),et.map.depthTexture=null),et.map.dispose()),this.type===Ar){if(Z.isPointLight){Zt("WebGLShadowMap: VSM shadow maps are not supported for PointLights. Use PCF or BasicShadowMap instead.");continue}et.map=new hi(r.x,r.y,{format:ps,type:Gi,minFilter:yi,magFilter:yi,generateMipmaps:!1}),et.map.texture.name=Z.name+".shadowMap",et.map.depthTexture=new dn(r.x,r.y,fn),et.map.depthTexture.name=Z.name+".shadowMapDepth",et.map.depthTexture.format=zn,et.map.depthTexture.compareFunction=null,et.map.depthTexture.minFilter=Ae,et.map.depthTexture.magFilter=Ae}else Z.isPointLight?(et.map=new Oo(r.x),et.map.depthTexture=new _o(r.x,Vi)):(et.map=new hi(r.x,r.y),et.map.depthTexture=new dn(r.x,r.y,Vi)),et.map.depthTexture.name=Z.name+".shadowMap",et.map.depthTexture.format=zn,this.type===So?(et.map.depthTexture.compareFunction=J?mu:pu,et.map.depthTexture.minFilter=yi,et.map.depthTexture.magFilter=yi):(et.map.depthTexture.compareFunction=null,et.map.depthTexture.minFilter=Ae,et.map.depthTexture.magFilter=Ae);et.camera.updateProjectionMatrix()}et.map.isWebGLCubeRenderTarget!==!0&&(et.map.width!==r.x||et.map.height!==r.y)&&et.map.setSize(r.x,r.y);let ct=et.map.isWebGLCubeRenderTarget?6:et.getViewportCount();Z.isPointLight!==!0&&et.updateMatrices(Z,C);let dt=(et.camera.layers.mask&4294967294)!==0?et.camera.layers:C.layers;for(let At=0;At<ct;At++){let It=et.getCamera(At);if(Z.isPointLight){let j=et.camera,wt=et.matrix,Dt=Z.distance||j.far;Dt!==j.far&&(j.far=Dt,j.updateProjectionMatrix()),Do.setFromMatrixPosition(Z.matrixWorld),j.position.copy(Do),Pu.copy(j.position),Pu.add(Gb[At]),j.up.copy(Wb[At]),j.lookAt(Pu),j.updateMatrixWorld(),wt.makeTranslation(-Do.x,-Do.y,-Do.z),Qp.multiplyMatrices(j.projectionMatrix,j.matrixWorldInverse),et._frustum.setFromProjectionMatrix(Qp,j.coordinateSystem,j.reversedDepth)}if(et.map.isWebGLCubeRenderTarget)n.setRenderTarget(et.map,At),n.clear();else{At===0&&(n.setRenderTarget(et.map),n.clear());let j=et.getViewport(At);l.set(o.x*j.x,o.y*j.y,o.x*j.z,o.y*j.w),K.viewport(l)}i=et.getFrustum(At),P(b,C,It,Z,dt,this.type)}et.isPointLightShadow!==!0&&this.type===Ar&&A(et,C),et.needsUpdate=!1}y=this.type,x.needsUpdate=!1,n.setRenderTarget(X,z,G)};function A(D,b){let C=t.update(T);g.defines.VSM_SAMPLES!==D.blurSamples&&(g.defines.VSM_SAMPLES=D.blurSamples,_.defines.VSM_SAMPLES=D.blurSamples,g.needsUpdate=!0,_.needsUpdate=!0),D.mapPass===null?D.mapPass=new hi(r.x,r.y,{format:ps,type:Gi}):(D.mapPass.width!==D.map.width||D.mapPass.height!==D.map.height)&&D.mapPass.setSize(D.map.width,D.map.height),g.uniforms.shadow_pass.value=D.map.depthTexture,g.uniforms.resolution.value.set(D.map.width,D.map.height),g.uniforms.radius.value=D.radius,n.setRenderTarget(D.mapPass),n.clear(),n.renderBufferDirect(b,null,C,g,T,null),_.uniforms.shadow_pass.value=D.mapPass.texture,_.uniforms.resolution.value.set(D.map.width,D.map.height),_.uniforms.radius.value=D.radius,n.setRenderTarget(D.map),n.clear(),n.renderBufferDirect(b,null,C,_,T,null)}function I(D,b,C,X){let z=null,G=C.isPointLight===!0?D.customDistanceMaterial:D.customDepthMaterial;if(G!==void 0)z=G;else if(z=C.isPointLight===!0?u:c,n.localClippingEnabled&&b.clipShadows===!0&&Array.isArray(b.clippingPlanes)&&b.clippingPlanes.length!==0||b.displacementMap&&b.displacementScale!==0||b.alphaMap&&b.alphaTest>0||b.map&&b.alphaTest>0||b.alphaToCoverage===!0){let K=z.uuid,ot=b.uuid,B=d[K];B===void 0&&(B={},d[K]=B);let it=B[ot];it===void 0&&(it=z.clone(),B[ot]=it,b.addEventListener("dispose",N)),z=it}if(z.visible=b.visible,z.wireframe=b.wireframe,X===Ar?z.side=b.shadowSide!==null?b.shadowSide:b.side:z.side=b.shadowSide!==null?b.shadowSide:m[b.side],z.alphaMap=b.alphaMap,z.alphaTest=b.alphaToCoverage===!0?.5:b.alphaTest,z.map=b.map,z.clipShadows=b.clipShadows,z.clippingPlanes=b.clippingPlanes,z.clipIntersection=b.clipIntersection,z.displacementMap=b.displacementMap,z.displacementScale=b.displacementScale,z.displacementBias=b.displacementBias,z.wireframeLinewidth=b.wireframeLinewidth,z.linewidth=b.linewidth,C.isPointLight===!0&&z.isMeshDistanceMaterial===!0){let K=n.properties.get(z);K.light=C}return z}function P(D,b,C,X,z,G){if(D.visible===!1)return;if(D.layers.test(z)&&(D.isMesh||D.isLine||D.isPoints)&&(D.castShadow||D.receiveShadow&&G===Ar)&&(!D.frustumCulled||D.intersectsFrustum(i))){D.modelViewMatrix.multiplyMatrices(C.matrixWorldInverse,D.matrixWorld);let B=t.update(D),it=D.material;if(Array.isArray(it)){let Z=B.groups;for(let et=0,nt=Z.length;et<nt;et++){let J=Z[et],ct=it[J.materialIndex];if(ct&&ct.visible){let dt=I(D,ct,X,G);D.onBeforeShadow(n,D,b,C,B,dt,J),n.renderBufferDirect(C,null,B,dt,D,J),D.onAfterShadow(n,D,b,C,B,dt,J)}}}else if(it.visible){let Z=I(D,it,X,G);D.onBeforeShadow(n,D,b,C,B,Z,null),n.renderBufferDirect(C,null,B,Z,D,null),D.onAfterShadow(n,D,b,C,B,Z,null)}}let ot=D.children;for(let B=0,it=ot.length;B<it;B++)P(ot[B],b,C,X,z,G)}function N(D){D.target.removeEventListener("dispose",N);for(let C in d){let X=d[C],z=D.target.uuid;z in X&&(X[z].dispose(),delete X[z])}}}function Zb(n,t){function e(){let O=!1,ht=new Re,st=null,St=new Re(0,0,0,0);return{setMask:function(_t){st!==_t&&!O&&(n.colorMask(_t,_t,_t,_t),st=_t)},setLocked:function(_t){O=_t},setClear:function(_t,vt,Bt,te,gt){gt===!0&&(_t*=te,vt*=te,Bt*=te),ht.set(_t,vt,Bt,te),St.equals(ht)===!1&&(n.clearColor(_t,vt,Bt,te),St.copy(ht))},reset:function(){O=!1,st=null,St.set(-1,0,0,0)}}}function i(){let O=!1,ht=!1,st=null,St=null,_t=null;return{setReversed:function(vt){if(ht!==vt){let Bt=t.get("EXT_clip_control");vt?Bt.clipControlEXT(Bt.LOWER_LEFT_EXT,Bt.ZERO_TO_ONE_EXT):Bt.clipControlEXT(Bt.LOWER_LEFT_EXT,Bt.NEGATIVE_ONE_TO_ONE_EXT),ht=vt;let te=_t;_t=null,this.setClear(te)}},getReversed:function(){return ht},setTest:function(vt){vt?Ct(n.DEPTH_TEST):Qt(n.DEPTH_TEST)},setMask:function(vt){st!==vt&&!O&&(n.depthMask(vt),st=vt)},setFunc:function(vt){if(ht&&(vt=Tp[vt]),St!==vt){switch(vt){case Ua:n.depthFunc(n.NEVER);break;case dr:n.depthFunc(n.ALWAYS);break;case Fa:n.depthFunc(n.LESS);break;case fr:n.depthFunc(n.LEQUAL);break;case Ba:n.depthFunc(n.EQUAL);break;case za:n.depthFunc(n.GEQUAL);break;case ka:n.depthFunc(n.GREATER);break;case Ha:n.depthFunc(n.NOTEQUAL);break;default:n.depthFunc(n.LEQUAL)}St=vt}},setLocked:function(vt){O=vt},setClear:function(vt){_t!==vt&&(_t=vt,ht&&(vt=1-vt),n.clearDepth(vt))},reset:function(){O=!1,st=null,St=null,_t=null,ht=!1}}}function r(){let O=!1,ht=null,st=null,St=null,_t=null,vt=null,Bt=null,te=null,gt=null;return{setTest:function(zt){O||(zt?Ct(n.STENCIL_TEST):Qt(n.STENCIL_TEST))},setMask:function(zt){ht!==zt&&!O&&(n.stencilMask(zt),ht=zt)},setFunc:function(zt,Wt,rt){(st!==zt||St!==Wt||_t!==rt)&&(n.stencilFunc(zt,Wt,rt),st=zt,St=Wt,_t=rt)},setOp:function(zt,Wt,rt){(vt!==zt||Bt!==Wt||te!==rt)&&(n.stencilOp(zt,Wt,rt),vt=zt,Bt=Wt,te=rt)},setLocked:function(zt){O=zt},setClear:function(zt){gt!==zt&&(n.clearStencil(zt),gt=zt)},reset:function(){O=!1,ht=null,st=null,St=null,_t=null,vt=null,Bt=null,te=null,gt=null}}}let o=new e,l=new i,c=new r,u={},d=new WeakMap,p={},m={},g={},_=new WeakMap,M=[],T=null,x=!1,y=null,A=null,I=null,P=null,N=null,D=null,b=null,C=new se(0,0,0),X=0,z=!1,G=null,K=null,ot=null,B=null,it=null,Z=n.getParameter(n.MAX_COMBINED_TEXTURE_IMAGE_UNITS),et=!1,nt=0,J=n.getParameter(n.VERSION);J.indexOf("WebGL")!==-1?(nt=parseFloat(/^WebGL (\d)/.exec(J)[1]),et=nt>=1):J.indexOf("OpenGL ES")!==-1&&(nt=parseFloat(/^OpenGL ES (\d)/.exec(J)[1]),et=nt>=2);let ct=null,dt={},At=n.getParameter(n.SCISSOR_BOX),It=n.getParameter(n.VIEWPORT),j=new Re().fromArray(At),wt=new Re().fromArray(It);function Dt(O,ht,st,St){let _t=new Uint8Array(4),vt=n.createTexture();n.bindTexture(O,vt),n.texParameteri(O,n.TEXTURE_MIN_FILTER,n.NEAREST),n.texParameteri(O,n.TEXTURE_MAG_FILTER,n.NEAREST);for(let Bt=0;Bt<st;Bt++)O===n.TEXTURE_3D||O===n.TEXTURE_2D_ARRAY?n.texImage3D(ht,0,n.RGBA,1,1,St,0,n.RGBA,n.UNSIGNED_BYTE,_t):n.texImage2D(ht+Bt,0,n.RGBA,1,1,0,n.RGBA,n.UNSIGNED_BYTE,_t);return vt}let kt={};kt[n.TEXTURE_2D]=Dt(n.TEXTURE_2D,n.TEXTURE_2D,1),kt[n.TEXTURE_CUBE_MAP]=Dt(n.TEXTURE_CUBE_MAP,n.TEXTURE_CUBE_MAP_POSITIVE_X,6),kt[n.TEXTURE_2D_ARRAY]=Dt(n.TEXTURE_2D_ARRAY,n.TEXTURE_2D_ARRAY,1,1),kt[n.TEXTURE_3D]=Dt(n.TEXTURE_3D,n.TEXTURE_3D,1,1),o.setClear(0,0,0,1),l.setClear(1),c.setClear(0),Ct(n.DEPTH_TEST),l.setFunc(fr),oi(!1),we(Zh),Ct(n.CULL_FACE),Fe(Zn);function Ct(O){p[O]!==!0&&(n.enable(O),p[O]=!0)}function Qt(O){p[O]!==!1&&(n.disable(O),p[O]=!1)}function Se(O,ht){return g[O]!==ht?(n.bindFramebuffer(O,ht),g[O]=ht,O===n.DRAW_FRAMEBUFFER&&(g[n.FRAMEBUFFER]=ht),O===n.FRAMEBUFFER&&(g[n.DRAW_FRAMEBUFFER]=ht),!0):!1}function Vt(O,ht){let st=M,St=!1;if(O){st=_.get(ht),st===void 0&&(st=[],_.set(ht,st));let _t=O.textures;if(st.length!==_t.length||st[0]!==n.COLOR_ATTACHMENT0){for(let vt=0,Bt=_t.length;vt<Bt;vt++)st[vt]=n.COLOR_ATTACHMENT0+vt;st.length=_t.length,St=!0}}else st[0]!==n.BACK&&(st[0]=n.BACK,St=!0);St&&n.drawBuffers(st)}function me(O){return T!==O?(n.useProgram(O),T=O,!0):!1}let _e={[Fs]:n.FUNC_ADD,[$f]:n.FUNC_SUBTRACT,[jf]:n.FUNC_REVERSE_SUBTRACT};_e[Kf]=n.MIN,_e[Jf]=n.MAX;let ne={[Qf]:n.ZERO,[wo]:n.ONE,[tp]:n.SRC_COLOR,[jh]:n.SRC_ALPHA,[op]:n.SRC_ALPHA_SATURATE,[sp]:n.DST_COLOR,[ip]:n.DST_ALPHA,[ep]:n.ONE_MINUS_SRC_COLOR,[Kh]:n.ONE_MINUS_SRC_ALPHA,[rp]:n.ONE_MINUS_DST_COLOR,[np]:n.ONE_MINUS_DST_ALPHA,[ap]:n.CONSTANT_COLOR,[lp]:n.ONE_MINUS_CONSTANT_COLOR,[cp]:n.CONSTANT_ALPHA,[hp]:n.ONE_MINUS_CONSTANT_ALPHA};function Fe(O,ht,st,St,_t,vt,Bt,te,gt,zt){if(O===Zn){x===!0&&(Qt(n.BLEND),x=!1);return}if(x===!1&&(Ct(n.BLEND),x=!0),O!==dl){if(O!==y||zt!==z){if((A!==Fs||N!==Fs)&&(n.blendEquation(n.FUNC_ADD),A=Fs,N=Fs),zt)switch(O){case Pr:n.blendFuncSeparate(n.ONE,n.ONE_MINUS_SRC_ALPHA,n.ONE,n.ONE_MINUS_SRC_ALPHA);break;case qh:n.blendFunc(n.ONE,n.ONE);break;case Yh:n.blendFuncSeparate(n.ZERO,n.ONE_MINUS_SRC_COLOR,n.ZERO,n.ONE);break;case $h:n.blendFuncSeparate(n.DST_COLOR,n.ONE_MINUS_SRC_ALPHA,n.ZERO,n.ONE);break;default:Kt("WebGLState: Invalid blending: ",O);break}else switch(O){case Pr:n.blendFuncSeparate(n.SRC_ALPHA,n.ONE_MINUS_SRC_ALPHA,n.ONE,n.ONE_MINUS_SRC_ALPHA);break;case qh:n.blendFuncSeparate(n.SRC_ALPHA,n.ONE,n.ONE,n.ONE);break;case Yh:Kt("WebGLState: SubtractiveBlending requires material.premultipliedAlpha = true");break;case $h:Kt("WebGLState: MultiplyBlending requires material.premultipliedAlpha = true");break;default:Kt("WebGLState: Invalid blending: ",O);break}I=null,P=null,D=null,b=null,C.set(0,0,0),X=0,y=O,z=zt}return}_t=_t||ht,vt=vt||st,Bt=Bt||St,(ht!==A||_t!==N)&&(n.blendEquationSeparate(_e[ht],_e[_t]),A=ht,N=_t),(st!==I||St!==P||vt!==D||Bt!==b)&&(n.blendFuncSeparate(ne[st],ne[St],ne[vt],ne[Bt]),I=st,P=St,D=vt,b=Bt),(te.equals(C)===!1||gt!==X)&&(n.blendColor(te.r,te.g,te.b,gt),C.copy(te),X=gt),y=O,z=!1}function Le(O,ht){O.side===Pi?Qt(n.CULL_FACE):Ct(n.CULL_FACE);let st=O.side===xi;ht&&(st=!st),oi(st),O.blending===Pr&&O.transparent===!1?Fe(Zn):Fe(O.blending,O.blendEquation,O.blendSrc,O.blendDst,O.blendEquationAlpha,O.blendSrcAlpha,O.blendDstAlpha,O.blendColor,O.blendAlpha,O.premultipliedAlpha),l.setFunc(O.depthFunc),l.setTest(O.depthTest),l.setMask(O.depthWrite),o.setMask(O.colorWrite);let St=O.stencilWrite;c.setTest(St),St&&(c.setMask(O.stencilWriteMask),c.setFunc(O.stencilFunc,O.stencilRef,O.stencilFuncMask),c.setOp(O.stencilFail,O.stencilZFail,O.stencilZPass)),Be(O.polygonOffset,O.polygonOffsetFactor,O.polygonOffsetUnits),O.alphaToCoverage===!0?Ct(n.SAMPLE_ALPHA_TO_COVERAGE):Qt(n.SAMPLE_ALPHA_TO_COVERAGE)}function oi(O){G!==O&&(O?n.frontFace(n.CW):n.frontFace(n.CCW),G=O)}function we(O){O!==Zf?(Ct(n.CULL_FACE),O!==K&&(O===Zh?n.cullFace(n.BACK):O===qf?n.cullFace(n.FRONT):n.cullFace(n.FRONT_AND_BACK))):Qt(n.CULL_FACE),K=O}function Mi(O){O!==ot&&(et&&n.lineWidth(O),ot=O)}function Be(O,ht,st){O?(Ct(n.POLYGON_OFFSET_FILL),(B!==ht||it!==st)&&(B=ht,it=st,l.getReversed()&&(ht=-ht,st=-st),n.polygonOffset(ht,st))):Qt(n.POLYGON_OFFSET_FILL)}function mi(O){O?Ct(n.SCISSOR_TEST):Qt(n.SCISSOR_TEST)}function bi(O){O===void 0&&(O=n.TEXTURE0+Z-1),ct!==O&&(n.activeTexture(O),ct=O)}function Si(O,ht,st){st===void 0&&(ct===null?st=n.TEXTURE0+Z-1:st=ct);let St=dt[st];St===void 0&&(St={type:void 0,texture:void 0},dt[st]=St),(St.type!==O||St.texture!==ht)&&(ct!==st&&(n.activeTexture(st),ct=st),n.bindTexture(O,ht||kt[O]),St.type=O,St.texture=ht)}function H(){let O=dt[ct];O!==void 0&&O.type!==void 0&&(n.bindTexture(O.type,null),O.type=void 0,O.texture=void 0)}function gi(){try{n.compressedTexImage2D(...arguments)}catch(O){Kt("WebGLState:",O)}}function Me(){try{n.compressedTexImage3D(...arguments)}catch(O){Kt("WebGLState:",O)}}function Ee(){try{n.texSubImage2D(...arguments)}catch(O){Kt("WebGLState:",O)}}function Pt(){try{n.texSubImage3D(...arguments)}catch(O){Kt("WebGLState:",O)}}function Ne(){try{n.compressedTexSubImage2D(...arguments)}catch(O){Kt("WebGLState:",O)}}function Gt(){try{n.compressedTexSubImage3D(...arguments)}catch(O){Kt("WebGLState:",O)}}function Yt(){try{n.texStorage2D(...arguments)}catch(O){Kt("WebGLState:",O)}}function R(){try{n.texStorage3D(...arguments)}catch(O){Kt("WebGLState:",O)}}function S(){try{n.texImage2D(...arguments)}catch(O){Kt("WebGLState:",O)}}function Y(){try{n.texImage3D(...arguments)}catch(O){Kt("WebGLState:",O)}}function mt(O){return m[O]!==void 0?m[O]:n.getParameter(O)}function ut(O,ht){m[O]!==ht&&(n.pixelStorei(O,ht),m[O]=ht)}function xt(O){j.equals(O)===!1&&(n.scissor(O.x,O.y,O.z,O.w),j.copy(O))}function Et(O){wt.equals(O)===!1&&(n.viewport(O.x,O.y,O.z,O.w),wt.copy(O))}function at(O,ht){let st=d.get(ht);st===void 0&&(st=new WeakMap,d.set(ht,st));let St=st.get(O);St===void 0&&(St=n.getUniformBlockIndex(ht,O.name),n.uniformBlockBinding(ht,St,St),st.set(O,St))}function lt(O,ht,st){let _t=d.get(ht).get(O);u[_t]!==st&&(n.bindBufferBase(n.UNIFORM_BUFFER,_t,st),u[_t]=st)}function bt(){n.disable(n.BLEND),n.disable(n.CULL_FACE),n.disable(n.DEPTH_TEST),n.disable(n.POLYGON_OFFSET_FILL),n.disable(n.SCISSOR_TEST),n.disable(n.STENCIL_TEST),n.disable(n.SAMPLE_ALPHA_TO_COVERAGE),n.blendEquation(n.FUNC_ADD),n.blendFunc(n.ONE,n.ZERO),n.blendFuncSeparate(n.ONE,n.ZERO,n.ONE,n.ZERO),n.blendColor(0,0,0,0),n.colorMask(!0,!0,!0,!0),n.clearColor(0,0,0,0),n.depthMask(!0),n.depthFunc(n.LESS),l.setReversed(!1),n.clearDepth(1),n.stencilMask(4294967295),n.stencilFunc(n.ALWAYS,0,4294967295),n.stencilOp(n.KEEP,n.KEEP,n.KEEP),n.clearStencil(0),n.cullFace(n.BACK),n.frontFace(n.CCW),n.polygonOffset(0,0),n.activeTexture(n.TEXTURE0),n.bindFramebuffer(n.FRAMEBUFFER,null),n.bindFramebuffer(n.DRAW_FRAMEBUFFER,null),n.bindFramebuffer(n.READ_FRAMEBUFFER,null),n.useProgram(null),n.lineWidth(1),n.scissor(0,0,n.canvas.width,n.canvas.height),n.viewport(0,0,n.canvas.width,n.canvas.height),n.pixelStorei(n.PACK_ALIGNMENT,4),n.pixelStorei(n.UNPACK_ALIGNMENT,4),n.pixelStorei(n.UNPACK_FLIP_Y_WEBGL,!1),n.pixelStorei(n.UNPACK_PREMULTIPLY_ALPHA_WEBGL,!1),n.pixelStorei(n.UNPACK_COLORSPACE_CONVERSION_WEBGL,n.BROWSER_DEFAULT_WEBGL),n.pixelStorei(n.PACK_ROW_LENGTH,0),n.pixelStorei(n.PACK_SKIP_PIXELS,0),n.pixelStorei(n.PACK_SKIP_ROWS,0),n.pixelStorei(n.UNPACK_ROW_LENGTH,0),n.pixelStorei(n.UNPACK_IMAGE_HEIGHT,0),n.pixelStorei(n.UNPACK_SKIP_PIXELS,0),n.pixelStorei(n.UNPACK_SKIP_ROWS,0),n.pixelStorei(n.UNPACK_SKIP_IMAGES,0),p={},m={},ct=null,dt={},g={},u={},_=new WeakMap,M=[],T=null,x=!1,y=null,A=null,I=null,P=null,N=null,D=null,b=null,C=new se(0,0,0),X=0,z=!1,G=null,K=null,ot=null,B=null,it=null,j.set(0,0,n.canvas.width,n.canvas.height),wt.set(0,0,n.canvas.width,n.canvas.height),o.reset(),l.reset(),c.reset()}return{buffers:{color:o,depth:l,stencil:c},enable:Ct,disable:Qt,bindFramebuffer:Se,drawBuffers:Vt,useProgram:me,setBlending:Fe,setMaterial:Le,setFlipSided:oi,setCullFace:we,setLineWidth:Mi,setPolygonOffset:Be,setScissorTest:mi,activeTexture:bi,bindTexture:Si,unbindTexture:H,compressedTexImage2D:gi,compressedTexImage3D:Me,texImage2D:S,texImage3D:Y,pixelStorei:ut,getParameter:mt,updateUBOMapping:at,uniformBlockBinding:lt,texStorage2D:Yt,texStorage3D:R,texSubImage2D:Ee,texSubImage3D:Pt,compressedTexSubImage2D:Ne,compressedTexSubImage3D:Gt,scissor:xt,viewport:Et,reset:bt}}function qb(n,t,e,i,r,o,l){let c=t.has("WEBGL_multisampled_render_to_texture")?t.get("WEBGL_multisampled_render_to_texture"):null,u=typeof navigator>"u"?!1:/OculusBrowser/g.test(navigator.userAgent),d=new Ht,p=new WeakMap,m=new Set,g,_=new WeakMap,M=new Set,T=new FinalizationRegistry(R=>M.delete(R)),x=!1;try{x=typeof OffscreenCanvas<"u"&&new OffscreenCanvas(1,1).getContext("2d")!==null}catch{}function y(R,S){return x?new OffscreenCanvas(R,S):pr("canvas")}function A(R,S,Y){let mt=1,ut=Yt(R);if((ut.width>Y||ut.height>Y)&&(mt=Y/Math.max(ut.width,ut.height)),mt<1)if(typeof HTMLImageElement<"u"&&R instanceof HTMLImageElement||typeof HTMLCanvasElement<"u"&&R instanceof HTMLCanvasElement||typeof ImageBitmap<"u"&&R instanceof ImageBitmap||typeof VideoFrame<"u"&&R instanceof VideoFrame){let xt=Math.floor(mt*ut.width),Et=Math.floor(mt*ut.height);g===void 0&&(g=y(xt,Et));let at=S?y(xt,Et):g;return at.width=xt,at.height=Et,at.getContext("2d").drawImage(R,0,0,xt,Et),Zt("WebGLRenderer: Texture has been resized from ("+ut.width+"x"+ut.height+") to ("+xt+"x"+Et+")."),at}else return"data"in R&&Zt("WebGLRenderer: Image in DataTexture is too big ("+ut.width+"x"+ut.height+")."),R;return R}function I(R){return R.generateMipmaps}function P(R){n.generateMipmap(R)}function N(R){return R.isWebGLCubeRenderTarget?n.TEXTURE_CUBE_MAP:R.isWebGL3DRenderTarget?n.TEXTURE_3D:R.isWebGLArrayRenderTarget||R.isCompressedArrayTexture?n.TEXTURE_2D_ARRAY:n.TEXTURE_2D}function D(R,S,Y,mt,ut,xt=!1){if(R!==null){if(n[R]!==void 0)return n[R];Zt("WebGLRenderer: Attempt to use non-existing WebGL internal format '"+R+"'")}let Et;mt&&(Et=t.get("EXT_texture_norm16"),Et||Zt("WebGLRenderer: Unable to use normalized textures without EXT_texture_norm16 extension"));let at=S;if(S===n.RED&&(Y===n.FLOAT&&(at=n.R32F),Y===n.HALF_FLOAT&&(at=n.R16F),Y===n.UNSIGNED_BYTE&&(at=n.R8),Y===n.UNSIGNED_SHORT&&Et&&(at=Et.R16_EXT),Y===n.SHORT&&Et&&(at=Et.R16_SNORM_EXT)),S===n.RED_INTEGER&&(Y===n.UNSIGNED_BYTE&&(at=n.R8UI),Y===n.UNSIGNED_SHORT&&(at=n.R16UI),Y===n.UNSIGNED_INT&&(at=n.R32UI),Y===n.BYTE&&(at=n.R8I),Y===n.SHORT&&(at=n.R16I),Y===n.INT&&(at=n.R32I)),S===n.RG&&(Y===n.FLOAT&&(at=n.RG32F),Y===n.HALF_FLOAT&&(at=n.RG16F),Y===n.UNSIGNED_BYTE&&(at=n.RG8),Y===n.UNSIGNED_SHORT&&Et&&(at=Et.RG16_EXT),Y===n.SHORT&&Et&&(at=Et.RG16_SNORM_EXT)),S===n.RG_INTEGER&&(Y===n.UNSIGNED_BYTE&&(at=n.RG8UI),Y===n.UNSIGNED_SHORT&&(at=n.RG16UI),Y===n.UNSIGNED_INT&&(at=n.RG32UI),Y===n.BYTE&&(at=n.RG8I),Y===n.SHORT&&(at=n.RG16I),Y===n.INT&&(at=n.RG32I)),S===n.RGB_INTEGER&&(Y===n.UNSIGNED_BYTE&&(at=n.RGB8UI),Y===n.UNSIGNED_SHORT&&(at=n.RGB16UI),Y===n.UNSIGNED_INT&&(at=n.RGB32UI),Y===n.BYTE&&(at=n.RGB8I),Y===n.SHORT&&(at=n.RGB16I),Y===n.INT&&(at=n.RGB32I)),S===n.RGBA_INTEGER&&(Y===n.UNSIGNED_BYTE&&(at=n.RGBA8UI),Y===n.UNSIGNED_SHORT&&(at=n.RGBA16UI),Y===n.UNSIGNED_INT&&(at=n.RGBA32UI),Y===n.BYTE&&(at=n.RGBA8I),Y===n.SHORT&&(at=n.RGBA16I),Y===n.INT&&(at=n.RGBA32I)),S===n.RGB&&(Y===n.UNSIGNED_SHORT&&Et&&(at=Et.RGB16_EXT),Y===n.SHORT&&Et&&(at=Et.RGB16_SNORM_EXT),Y===n.UNSIGNED_INT_5_9_9_9_REV&&(at=n.RGB9_E5),Y===n.UNSIGNED_INT_10F_11F_11F_REV&&(at=n.R11F_G11F_B10F)),S===n.RGBA){let lt=xt?ho:ae.getTransfer(ut);Y===n.FLOAT&&(at=n.RGBA32F),Y===n.HALF_FLOAT&&(at=n.RGBA16F),Y===n.UNSIGNED_BYTE&&(at=lt===ve?n.SRGB8_ALPHA8:n.RGBA8),Y===n.UNSIGNED_SHORT&&Et&&(at=Et.RGBA16_EXT),Y===n.SHORT&&Et&&(at=Et.RGBA16_SNORM_EXT),Y===n.UNSIGNED_SHORT_4_4_4_4&&(at=n.RGBA4),Y===n.UNSIGNED_SHORT_5_5_5_1&&(at=n.RGB5_A1)}return(at===n.R16F||at===n.R32F||at===n.RG16F||at===n.RG32F||at===n.RGBA16F||at===n.RGBA32F)&&t.get("EXT_color_buffer_float"),at}function b(R,S){let Y;return R?S===null||S===Vi||S===zs?Y=n.DEPTH24_STENCIL8:S===fn?Y=n.DEPTH32F_STENCIL8:S===Rr&&(Y=n.DEPTH24_STENCIL8,Zt("DepthTexture: 16 bit depth attachment is not supported with stencil. Using 24-bit attachment.")):S===null||S===Vi||S===zs?Y=n.DEPTH_COMPONENT24:S===fn?Y=n.DEPTH_COMPONENT32F:S===Rr&&(Y=n.DEPTH_COMPONENT16),Y}function C(R,S){return I(R)===!0||R.isFramebufferTexture&&R.minFilter!==Ae&&R.minFilter!==yi?Math.log2(Math.max(S.width,S.height))+1:R.mipmaps.length>0?R.mipmaps.length:R.isCompressedTexture&&Array.isArray(R.image)?S.mipmaps.length:1}function X(R){let S=new WeakRef(R);i.get(R).__ref=S,M.add(S),T.register(R,S,S)}function z(R){let S=i.get(R).__ref;S!==void 0&&(M.delete(S),T.unregister(S))}function G(R){ot(R.target)}function K(R){B(R.target)}function ot(R){R.removeEventListener("dispose",G),z(R),Z(R),R.isVideoTexture&&p.delete(R),R.isHTMLTexture&&m.delete(R)}function B(R){R.removeEventListener("dispose",K),z(R),nt(R)}function it(){for(let R of M){let S=R.deref();S!==void 0&&(S.isRenderTarget===!0?B(S):ot(S))}M.clear(),m.clear()}function Z(R){let S=i.get(R);if(S.__webglInit===void 0)return;let Y=R.source,mt=_.get(Y);if(mt){let ut=mt[S.__cacheKey];ut.usedTimes--,ut.usedTimes===0&&et(R),Object.keys(mt).length===0&&_.delete(Y)}i.remove(R)}function et(R){let S=i.get(R);n.deleteTexture(S.__webglTexture);let Y=R.source,mt=_.get(Y);delete mt[S.__cacheKey],l.memory.textures--}function nt(R){let S=i.get(R);S.__depthDisposeCallback&&S.__depthDisposeCallback();let Y=R.depthTexture;if(Y&&Y.renderTarget===R&&ot(Y),R.isWebGLCubeRenderTarget)for(let ut=0;ut<6;ut++){if(Array.isArray(S.__webglFramebuffer[ut]))for(let xt=0;xt<S.__webglFramebuffer[ut].length;xt++)n.deleteFramebuffer(S.__webglFramebuffer[ut][xt]);else n.deleteFramebuffer(S.__webglFramebuffer[ut]);S.__webglDepthbuffer&&n.deleteRenderbuffer(S.__webglDepthbuffer[ut])}else{if(Array.isArray(S.__webglFramebuffer))for(let ut=0;ut<S.__webglFramebuffer.length;ut++)n.deleteFramebuffer(S.__webglFramebuffer[ut]);else n.deleteFramebuffer(S.__webglFramebuffer);if(S.__webglDepthbuffer&&n.deleteRenderbuffer(S.__webglDepthbuffer),S.__webglMultisampledFramebuffer&&n.deleteFramebuffer(S.__webglMultisampledFramebuffer),S.__webglColorRenderbuffer)for(let ut=0;ut<S.__webglColorRenderbuffer.length;ut++)S.__webglColorRenderbuffer[ut]&&n.deleteRenderbuffer(S.__webglColorRenderbuffer[ut]);S.__webglDepthRenderbuffer&&n.deleteRenderbuffer(S.__webglDepthRenderbuffer)}let mt=R.textures;for(let ut=0,xt=mt.length;ut<xt;ut++){let Et=i.get(mt[ut]);Et.__webglTexture&&(n.deleteTexture(Et.__webglTexture),l.memory.textures--),i.remove(mt[ut])}i.remove(R)}let J=0;function ct(){J=0}function dt(){return J}function At(R){J=R}function It(){let R=J;return R>=r.maxTextures&&Zt("WebGLTextures: Trying to use "+(R+1)+" texture units while this GPU supports only "+r.maxTextures),J+=1,R}function j(R){let S=[];return S.push(R.wrapS),S.push(R.wrapT),S.push(R.wrapR||0),S.push(R.magFilter),S.push(R.minFilter),S.push(R.anisotropy),S.push(R.internalFormat),S.push(R.format),S.push(R.type),S.push(R.generateMipmaps),S.push(R.mipmapsAutoUpdate),S.push(R.premultiplyAlpha),S.push(R.flipY),S.push(R.unpackAlignment),S.push(R.colorSpace),S.join()}function wt(R,S){let Y=i.get(R);if(R.isVideoTexture&&Ne(R),R.isRenderTargetTexture===!1&&R.isExternalTexture!==!0&&R.version>0&&Y.__version!==R.version){let mt=R.image;if(mt===null)Zt("WebGLRenderer: Texture marked for update but no image data found.");else if(mt.complete===!1)Zt("WebGLRenderer: Texture marked for update but image is incomplete");else{Le(Y,R,S);return}}else R.isExternalTexture&&(Y.__webglTexture=R.sourceTexture?R.sourceTexture:null);e.bindTexture(n.TEXTURE_2D,Y.__webglTexture,n.TEXTURE0+S)}function Dt(R,S){let Y=i.get(R);if(R.isRenderTargetTexture===!1&&R.version>0&&Y.__version!==R.version){Le(Y,R,S);return}else R.isExternalTexture&&(Y.__webglTexture=R.sourceTexture?R.sourceTexture:null);e.bindTexture(n.TEXTURE_2D_ARRAY,Y.__webglTexture,n.TEXTURE0+S)}function kt(R,S){let Y=i.get(R);if(R.isRenderTargetTexture===!1&&R.version>0&&Y.__version!==R.version){Le(Y,R,S);return}e.bindTexture(n.TEXTURE_3D,Y.__webglTexture,n.TEXTURE0+S)}function Ct(R,S){let Y=i.get(R);if(R.version>0&&Y.__version!==R.version){oi(Y,R,S);return}e.bindTexture(n.TEXTURE_CUBE_MAP,Y.__webglTexture,n.TEXTURE0+S)}let Qt={[Va]:n.REPEAT,[vn]:n.CLAMP_TO_EDGE,[Ga]:n.MIRRORED_REPEAT},Se={[Ae]:n.NEAREST,[fp]:n.NEAREST_MIPMAP_NEAREST,[Eo]:n.NEAREST_MIPMAP_LINEAR,[yi]:n.LINEAR,[ml]:n.LINEAR_MIPMAP_NEAREST,[ki]:n.LINEAR_MIPMAP_LINEAR},Vt={[_p]:n.NEVER,[gu]:n.ALWAYS,[vp]:n.LESS,[pu]:n.LEQUAL,[yp]:n.EQUAL,[mu]:n.GEQUAL,[xp]:n.GREATER,[Mp]:n.NOTEQUAL};function me(R,S){if(S.type===fn&&t.has("OES_texture_float_linear")===!1&&(S.magFilter===yi||S.magFilter===ml||S.magFilter===Eo||S.magFilter===ki||S.minFilter===yi||S.minFilter===ml||S.minFilter===Eo||S.minFilter===ki)&&Zt("WebGLRenderer: Unable to use linear filtering with floating point textures. OES_texture_float_linear not supported on this device."),n.texParameteri(R,n.TEXTURE_WRAP_S,Qt[S.wrapS]),n.texParameteri(R,n.TEXTURE_WRAP_T,Qt[S.wrapT]),(R===n.TEXTURE_3D||R===n.TEXTURE_2D_ARRAY)&&n.texParameteri(R,n.TEXTURE_WRAP_R,Qt[S.wrapR]),n.texParameteri(R,n.TEXTURE_MAG_FILTER,Se[S.magFilter]),n.texParameteri(R,n.TEXTURE_MIN_FILTER,Se[S.minFilter]),S.compareFunction&&(n.texParameteri(R,n.TEXTURE_COMPARE_MODE,n.COMPARE_REF_TO_TEXTURE),n.texParameteri(R,n.TEXTURE_COMPARE_FUNC,Vt[S.compareFunction])),t.has("EXT_texture_filter_anisotropic")===!0){if(S.magFilter===Ae||S.minFilter!==Eo&&S.minFilter!==ki||S.type===fn&&t.has("OES_texture_float_linear")===!1)return;if(S.anisotropy>1||i.get(S).__currentAnisotropy){let Y=t.get("EXT_texture_filter_anisotropic");n.texParameterf(R,Y.TEXTURE_MAX_ANISOTROPY_EXT,Math.min(S.anisotropy,r.getMaxAnisotropy())),i.get(S).__currentAnisotropy=S.anisotropy}}}function _e(R,S){let Y=!1;R.__webglInit===void 0&&(R.__webglInit=!0,S.addEventListener("dispose",G),X(S));let mt=S.source,ut=_.get(mt);ut===void 0&&(ut={},_.set(mt,ut));let xt=j(S);if(xt!==R.__cacheKey){ut[xt]===void 0&&(ut[xt]={texture:n.createTexture(),usedTimes:0},l.memory.textures++,Y=!0),ut[xt].usedTimes++;let Et=ut[R.__cacheKey];Et!==void 0&&(ut[R.__cacheKey].usedTimes--,Et.usedTimes===0&&et(S)),R.__cacheKey=xt,R.__webglTexture=ut[xt].texture}return Y}function ne(R,S,Y){return Math.floor(Math.floor(R/Y)/S)}function Fe(R,S,Y,mt){let xt=R.updateRanges;if(xt.length===0)e.texSubImage2D(n.TEXTURE_2D,0,0,0,S.width,S.height,Y,mt,S.data);else{xt.sort((O,ht)=>O.start-ht.start);let Et=0;for(let O=1;O<xt.length;O++){let ht=xt[Et],st=xt[O],St=ht.start+ht.count,_t=ne(st.start,S.width,4),vt=ne(ht.start,S.width,4);st.start<=St+1&&_t===vt&&ne(st.start+st.count-1,S.width,4)===_t?ht.count=Math.max(ht.count,st.start+st.count-ht.start):(++Et,xt[Et]=st)}xt.length=Et+1;let at=e.getParameter(n.UNPACK_ROW_LENGTH),lt=e.getParameter(n.UNPACK_SKIP_PIXELS),bt=e.getParameter(n.UNPACK_SKIP_ROWS);e.pixelStorei(n.UNPACK_ROW_LENGTH,S.width);for(let O=0,ht=xt.length;O<ht;O++){let st=xt[O],St=Math.floor(st.start/4),_t=Math.ceil(st.count/4),vt=St%S.width,Bt=Math.floor(St/S.width),te=_t,gt=1;e.pixelStorei(n.UNPACK_SKIP_PIXELS,vt),e.pixelStorei(n.UNPACK_SKIP_ROWS,Bt),e.texSubImage2D(n.TEXTURE_2D,0,vt,Bt,te,gt,Y,mt,S.data)}R.clearUpdateRanges(),e.pixelStorei(n.UNPACK_ROW_LENGTH,at),e.pixelStorei(n.UNPACK_SKIP_PIXELS,lt),e.pixelStorei(n.UNPACK_SKIP_ROWS,bt)}}function Le(R,S,Y){let mt=n.TEXTURE_2D;(S.isDataArrayTexture||S.isCompressedArrayTexture)&&(mt=n.TEXTURE_2D_ARRAY),S.isData3DTexture&&(mt=n.TEXTURE_3D);let ut=_e(R,S),xt=S.source;e.bindTexture(mt,R.__webglTexture,n.TEXTURE0+Y);let Et=i.get(xt);if(xt.version!==Et.__version||ut===!0){if(e.activeTexture(n.TEXTURE0+Y),(typeof ImageBitmap<"u"&&S.image instanceof ImageBitmap)===!1){let gt=ae.getPrimaries(ae.workingColorSpace),zt=S.colorSpace===Yn?null:ae.getPrimaries(S.colorSpace),Wt=S.colorSpace===Yn||gt===zt?n.NONE:n.BROWSER_DEFAULT_WEBGL;e.pixelStorei(n.UNPACK_FLIP_Y_WEBGL,S.flipY),e.pixelStorei(n.UNPACK_PREMULTIPLY_ALPHA_WEBGL,S.premultiplyAlpha),e.pixelStorei(n.UNPACK_COLORSPACE_CONVERSION_WEBGL,Wt)}e.pixelStorei(n.UNPACK_ALIGNMENT,S.unpackAlignment);let lt=A(S.image,!1,r.maxTextureSize);lt=Gt(S,lt);let bt=o.convert(S.format,S.colorSpace),O=o.convert(S.type),ht=D(S.internalFormat,bt,O,S.normalized,S.colorSpace,S.isVideoTexture);me(mt,S);let st,St=S.mipmaps,_t=S.isVideoTexture!==!0,vt=Et.__version===void 0||ut===!0,Bt=xt.dataReady,te=C(S,lt);if(S.isDepthTexture)ht=b(S.format===qn,S.type),vt&&(_t?e.texStorage2D(n.TEXTURE_2D,1,ht,lt.width,lt.height):e.texImage2D(n.TEXTURE_2D,0,ht,lt.width,lt.height,0,bt,O,null));else if(S.isDataTexture)if(St.length>0){_t&&vt&&e.texStorage2D(n.TEXTURE_2D,te,ht,St[0].width,St[0].height);for(let gt=0,zt=St.length;gt<zt;gt++)st=St[gt],_t?Bt&&e.texSubImage2D(n.TEXTURE_2D,gt,0,0,st.width,st.height,bt,O,st.data):e.texImage2D(n.TEXTURE_2D,gt,ht,st.width,st.height,0,bt,O,st.data);S.generateMipmaps=!1}else _t?(vt&&e.texStorage2D(n.TEXTURE_2D,te,ht,lt.width,lt.height),Bt&&Fe(S,lt,bt,O)):e.texImage2D(n.TEXTURE_2D,0,ht,lt.width,lt.height,0,bt,O,lt.data);else if(S.isCompressedTexture)if(S.isCompressedArrayTexture){_t&&vt&&e.texStorage3D(n.TEXTURE_2D_ARRAY,te,ht,St[0].width,St[0].height,lt.depth);for(let gt=0,zt=St.length;gt<zt;gt++)if(st=St[gt],S.format!==pn)if(bt!==null)if(_t){if(Bt)if(S.layerUpdates.size>0){let Wt=Tu(st.width,st.height,S.format,S.type);for(let rt of S.layerUpdates){let pe=st.data.subarray(rt*Wt/st.data.BYTES_PER_ELEMENT,(rt+1)*Wt/st.data.BYTES_PER_ELEMENT);e.compressedTexSubImage3D(n.TEXTURE_2D_ARRAY,gt,0,0,rt,st.width,st.height,1,bt,pe)}}else e.compressedTexSubImage3D(n.TEXTURE_2D_ARRAY,gt,0,0,0,st.width,st.height,lt.depth,bt,st.data)}else e.compressedTexImage3D(n.TEXTURE_2D_ARRAY,gt,ht,st.width,st.height,lt.depth,0,st.data,0,0);else Zt("WebGLRenderer: Attempt to load unsupported compressed texture format in .uploadTexture()");else _t?Bt&&e.texSubImage3D(n.TEXTURE_2D_ARRAY,gt,0,0,0,st.width,st.height,lt.depth,bt,O,st.data):e.texImage3D(n.TEXTURE_2D_ARRAY,gt,ht,st.width,st.height,lt.depth,0,bt,O,st.data);S.layerUpdates.size>0&&S.clearLayerUpdates()}else{_t&&vt&&e.texStorage2D(n.TEXTURE_2D,te,ht,St[0].width,St[0].height);for(let gt=0,zt=St.length;gt<zt;gt++)st=St[gt],S.format!==pn?bt!==null?_t?Bt&&e.compressedTexSubImage2D(n.TEXTURE_2D,gt,0,0,st.width,st.height,bt,st.data):e.compressedTexImage2D(n.TEXTURE_2D,gt,ht,st.width,st.height,0,st.data):Zt("WebGLRenderer: Attempt to load unsupported compressed texture format in .uploadTexture()"):_t?Bt&&e.texSubImage2D(n.TEXTURE_2D,gt,0,0,st.width,st.height,bt,O,st.data):e.texImage2D(n.TEXTURE_2D,gt,ht,st.width,st.height,0,bt,O,st.data)}else if(S.isDataArrayTexture)if(_t){if(vt&&e.texStorage3D(n.TEXTURE_2D_ARRAY,te,ht,lt.width,lt.height,lt.depth),Bt)if(S.layerUpdates.size>0){let gt=Tu(lt.width,lt.height,S.format,S.type);for(let zt of S.layerUpdates){let Wt=lt.data.subarray(zt*gt/lt.data.BYTES_PER_ELEMENT,(zt+1)*gt/lt.data.BYTES_PER_ELEMENT);e.texSubImage3D(n.TEXTURE_2D_ARRAY,0,0,0,zt,lt.width,lt.height,1,bt,O,Wt)}S.clearLayerUpdates()}else e.texSubImage3D(n.TEXTURE_2D_ARRAY,0,0,0,0,lt.width,lt.height,lt.depth,bt,O,lt.data)}else e.texImage3D(n.TEXTURE_2D_ARRAY,0,ht,lt.width,lt.height,lt.depth,0,bt,O,lt.data);else if(S.isData3DTexture)_t?(vt&&e.texStorage3D(n.TEXTURE_3D,te,ht,lt.width,lt.height,lt.depth),Bt&&e.texSubImage3D(n.TEXTURE_3D,0,0,0,0,lt.width,lt.height,lt.depth,bt,O,lt.data)):e.texImage3D(n.TEXTURE_3D,0,ht,lt.width,lt.height,lt.depth,0,bt,O,lt.data);else if(S.isFramebufferTexture){if(vt)if(_t)e.texStorage2D(n.TEXTURE_2D,te,ht,lt.width,lt.height);else{let gt=lt.width,zt=lt.height;for(let Wt=0;Wt<te;Wt++)e.texImage2D(n.TEXTURE_2D,Wt,ht,gt,zt,0,bt,O,null),gt>>=1,zt>>=1}}else if(S.isHTMLTexture){if("texElementImage2D"in n){let gt=n.canvas;if(gt.hasAttribute("layoutsubtree")||gt.setAttribute("layoutsubtree","true"),lt.parentNode!==gt){gt.appendChild(lt),m.add(S),gt.onpaint=zt=>{let Wt=zt.changedElements;for(let rt of m)Wt.includes(rt.image)&&(rt.needsUpdate=!0)},gt.requestPaint();return}if(n.texElementImage2D.length===3)n.texElementImage2D(n.TEXTURE_2D,n.RGBA8,lt);else{let Wt=n.RGBA,rt=n.RGBA,pe=n.UNSIGNED_BYTE;n.texElementImage2D(n.TEXTURE_2D,0,Wt,rt,pe,lt)}n.texParameteri(n.TEXTURE_2D,n.TEXTURE_MIN_FILTER,n.LINEAR),n.texParameteri(n.TEXTURE_2D,n.TEXTURE_WRAP_S,n.CLAMP_TO_EDGE),n.texParameteri(n.TEXTURE_2D,n.TEXTURE_WRAP_T,n.CLAMP_TO_EDGE)}}else if(St.length>0){if(_t&&vt){let gt=Yt(St[0]);e.texStorage2D(n.TEXTURE_2D,te,ht,gt.width,gt.height)}for(let gt=0,zt=St.length;gt<zt;gt++)st=St[gt],_t?Bt&&e.texSubImage2D(n.TEXTURE_2D,gt,0,0,bt,O,st):e.texImage2D(n.TEXTURE_2D,gt,ht,bt,O,st);S.generateMipmaps=!1}else if(_t){if(vt){let gt=Yt(lt);e.texStorage2D(n.TEXTURE_2D,te,ht,gt.width,gt.height)}Bt&&e.texSubImage2D(n.TEXTURE_2D,0,0,0,bt,O,lt)}else e.texImage2D(n.TEXTURE_2D,0,ht,bt,O,lt);I(S)&&S.mipmapsAutoUpdate===!0&&P(mt),Et.__version=xt.version,S.onUpdate&&S.onUpdate(S)}R.__version=S.version}function oi(R,S,Y){if(S.image.length!==6)return;let mt=_e(R,S),ut=S.source;e.bindTexture(n.TEXTURE_CUBE_MAP,R.__webglTexture,n.TEXTURE0+Y);let xt=i.get(ut);if(ut.version!==xt.__version||mt===!0){e.activeTexture(n.TEXTURE0+Y);let Et=ae.getPrimaries(ae.workingColorSpace),at=S.colorSpace===Yn?null:ae.getPrimaries(S.colorSpace),lt=S.colorSpace===Yn||Et===at?n.NONE:n.BROWSER_DEFAULT_WEBGL;e.pixelStorei(n.UNPACK_FLIP_Y_WEBGL,S.flipY),e.pixelStorei(n.UNPACK_PREMULTIPLY_ALPHA_WEBGL,S.premultiplyAlpha),e.pixelStorei(n.UNPACK_ALIGNMENT,S.unpackAlignment),e.pixelStorei(n.UNPACK_COLORSPACE_CONVERSION_WEBGL,lt);let bt=S.isCompressedTexture||S.image[0].isCompressedTexture,O=S.image[0]&&S.image[0].isDataTexture,ht=[];for(let rt=0;rt<6;rt++)!bt&&!O?ht[rt]=A(S.image[rt],!0,r.maxCubemapSize):ht[rt]=O?S.image[rt].image:S.image[rt],ht[rt]=Gt(S,ht[rt]);let st=ht[0],St=o.convert(S.format,S.colorSpace),_t=o.convert(S.type),vt=D(S.internalFormat,St,_t,S.normalized,S.colorSpace),Bt=S.isVideoTexture!==!0,te=xt.__version===void 0||mt===!0,gt=ut.dataReady,zt=C(S,st);me(n.TEXTURE_CUBE_MAP,S);let Wt;if(S.isDepthTexture){if(vt=b(S.format===qn,S.type),te)if(Bt)e.texStorage2D(n.TEXTURE_CUBE_MAP,1,vt,st.width,st.height);else for(let rt=0;rt<6;rt++)e.texImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+rt,0,vt,st.width,st.height,0,St,_t,null)}else if(bt){Bt&&te&&e.texStorage2D(n.TEXTURE_CUBE_MAP,zt,vt,st.width,st.height);for(let rt=0;rt<6;rt++){Wt=ht[rt].mipmaps;for(let pe=0;pe<Wt.length;pe++){let ze=Wt[pe];S.format!==pn?St!==null?Bt?gt&&e.compressedTexSubImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+rt,pe,0,0,ze.width,ze.height,St,ze.data):e.compressedTexImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+rt,pe,vt,ze.width,ze.height,0,ze.data):Zt("WebGLRenderer: Attempt to load unsupported compressed texture format in .setTextureCube()"):Bt?gt&&e.texSubImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+rt,pe,0,0,ze.width,ze.height,St,_t,ze.data):e.texImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+rt,pe,vt,ze.width,ze.height,0,St,_t,ze.data)}}}else{if(Wt=S.mipmaps,Bt&&te){Wt.length>0&&zt++;let rt=Yt(ht[0]);e.texStorage2D(n.TEXTURE_CUBE_MAP,zt,vt,rt.width,rt.height)}for(let rt=0;rt<6;rt++)if(O){Bt?gt&&e.texSubImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+rt,0,0,0,ht[rt].width,ht[rt].height,St,_t,ht[rt].data):e.texImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+rt,0,vt,ht[rt].width,ht[rt].height,0,St,_t,ht[rt].data);for(let pe=0;pe<Wt.length;pe++){let sn=Wt[pe].image[rt].image;Bt?gt&&e.texSubImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+rt,pe+1,0,0,sn.width,sn.height,St,_t,sn.data):e.texImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+rt,pe+1,vt,sn.width,sn.height,0,St,_t,sn.data)}}else{Bt?gt&&e.texSubImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+rt,0,0,0,St,_t,ht[rt]):e.texImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+rt,0,vt,St,_t,ht[rt]);for(let pe=0;pe<Wt.length;pe++){let ze=Wt[pe];Bt?gt&&e.texSubImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+rt,pe+1,0,0,St,_t,ze.image[rt]):e.texImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+rt,pe+1,vt,St,_t,ze.image[rt])}}}I(S)&&S.mipmapsAutoUpdate===!0&&P(n.TEXTURE_CUBE_MAP),xt.__version=ut.version,S.onUpdate&&S.onUpdate(S)}R.__version=S.version}function we(R,S,Y,mt,ut,xt){let Et=o.convert(Y.format,Y.colorSpace),at=o.convert(Y.type),lt=D(Y.internalFormat,Et,at,Y.normalized,Y.colorSpace),bt=i.get(S),O=i.get(Y);if(O.__renderTarget=S,!bt.__hasExternalTextures){let ht=Math.max(1,S.width>>xt),st=Math.max(1,S.height>>xt);ut===n.TEXTURE_3D||ut===n.TEXTURE_2D_ARRAY?e.texImage3D(ut,xt,lt,ht,st,S.depth,0,Et,at,null):e.texImage2D(ut,xt,lt,ht,st,0,Et,at,null)}e.bindFramebuffer(n.FRAMEBUFFER,R),Pt(S)?c.framebufferTexture2DMultisampleEXT(n.FRAMEBUFFER,mt,ut,O.__webglTexture,0,Ee(S)):(ut===n.TEXTURE_2D||ut>=n.TEXTURE_CUBE_MAP_POSITIVE_X&&ut<=n.TEXTURE_CUBE_MAP_NEGATIVE_Z)&&n.framebufferTexture2D(n.FRAMEBUFFER,mt,ut,O.__webglTexture,xt),e.bindFramebuffer(n.FRAMEBUFFER,null)}function Mi(R,S,Y){if(n.bindRenderbuffer(n.RENDERBUFFER,R),S.depthBuffer){let mt=S.depthTexture,ut=mt&&mt.isDepthTexture?mt.type:null,xt=b(S.stencilBuffer,ut),Et=S.stencilBuffer?n.DEPTH_STENCIL_ATTACHMENT:n.DEPTH_ATTACHMENT;Pt(S)?c.renderbufferStorageMultisampleEXT(n.RENDERBUFFER,Ee(S),xt,S.width,S.height):Y?n.renderbufferStorageMultisample(n.RENDERBUFFER,Ee(S),xt,S.width,S.height):n.renderbufferStorage(n.RENDERBUFFER,xt,S.width,S.height),n.framebufferRenderbuffer(n.FRAMEBUFFER,Et,n.RENDERBUFFER,R)}else{let mt=S.textures;for(let ut=0;ut<mt.length;ut++){let xt=mt[ut],Et=o.convert(xt.format,xt.colorSpace),at=o.convert(xt.type),lt=D(xt.internalFormat,Et,at,xt.normalized,xt.colorSpace);Pt(S)?c.renderbufferStorageMultisampleEXT(n.RENDERBUFFER,Ee(S),lt,S.width,S.height):Y?n.renderbufferStorageMultisample(n.RENDERBUFFER,Ee(S),lt,S.width,S.height):n.renderbufferStorage(n.RENDERBUFFER,lt,S.width,S.height)}}n.bindRenderbuffer(n.RENDERBUFFER,null)}function Be(R,S,Y){let mt=S.isWebGLCubeRenderTarget===!0;if(e.bindFramebuffer(n.FRAMEBUFFER,R),!(S.depthTexture&&S.depthTexture.isDepthTexture))throw new Error("THREE.WebGLTextures: renderTarget.depthTexture must be an instance of THREE.DepthTexture.");let ut=i.get(S.depthTexture);ut.__renderTarget=S;let xt=mt?S.depthTexture.image[0]:S.depthTexture.image;(!ut.__webglTexture||xt.width!==S.width||xt.height!==S.height)&&(xt.width=S.width,xt.height=S.height,S.depthTexture.needsUpdate=!0),mt?Ct(S.depthTexture,0):wt(S.depthTexture,0);let Et=ut.__webglTexture,at=Ee(S),lt=mt?n.TEXTURE_CUBE_MAP_POSITIVE_X+Y:n.TEXTURE_2D,bt=S.depthTexture.format===qn?n.DEPTH_STENCIL_ATTACHMENT:n.DEPTH_ATTACHMENT;if(S.depthTexture.format===zn)Pt(S)?c.framebufferTexture2DMultisampleEXT(n.FRAMEBUFFER,bt,lt,Et,0,at):n.framebufferTexture2D(n.FRAMEBUFFER,bt,lt,Et,0);else if(S.depthTexture.format===qn)Pt(S)?c.framebufferTexture2DMultisampleEXT(n.FRAMEBUFFER,bt,lt,Et,0,at):n.framebufferTexture2D(n.FRAMEBUFFER,bt,lt,Et,0);else throw new Error("THREE.WebGLTextures: Unknown depthTexture format.")}function mi(R){let S=i.get(R),Y=R.isWebGLCubeRenderTarget===!0;if(S.__boundDepthTexture!==R.depthTexture){let mt=R.depthTexture;if(S.__depthDisposeCallback&&S.__depthDisposeCallback(),mt){let ut=()=>{delete S.__boundDepthTexture,delete S.__depthDisposeCallback,mt.removeEventListener("dispose",ut)};mt.addEventListener("dispose",ut),S.__depthDisposeCallback=ut}S.__boundDepthTexture=mt}if(R.depthTexture&&!S.__autoAllocateDepthBuffer)if(Y)for(let mt=0;mt<6;mt++)Be(S.__webglFramebuffer[mt],R,mt);else R.texture.mipmaps.length>0?Be(S.__webglFramebuffer[0],R,0):Be(S.__webglFramebuffer,R,0);else if(Y){S.__webglDepthbuffer=[];for(let mt=0;mt<6;mt++)if(e.bindFramebuffer(n.FRAMEBUFFER,S.__webglFramebuffer[mt]),S.__webglDepthbuffer[mt]===void 0)S.__webglDepthbuffer[mt]=n.createRenderbuffer(),Mi(S.__webglDepthbuffer[mt],R,!1);else{let ut=R.stencilBuffer?n.DEPTH_STENCIL_ATTACHMENT:n.DEPTH_ATTACHMENT,xt=S.__webglDepthbuffer[mt];n.bindRenderbuffer(n.RENDERBUFFER,xt),n.framebufferRenderbuffer(n.FRAMEBUFFER,ut,n.RENDERBUFFER,xt)}}else if(R.texture.mipmaps.length>0?e.bindFramebuffer(n.FRAMEBUFFER,S.__webglFramebuffer[0]):e.bindFramebuffer(n.FRAMEBUFFER,S.__webglFramebuffer),S.__webglDepthbuffer===void 0)S.__webglDepthbuffer=n.createRenderbuffer(),Mi(S.__webglDepthbuffer,R,!1);else{let ut=R.stencilBuffer?n.DEPTH_STENCIL_ATTACHMENT:n.DEPTH_ATTACHMENT,xt=S.__webglDepthbuffer;n.bindRenderbuffer(n.RENDERBUFFER,xt),n.framebufferRenderbuffer(n.FRAMEBUFFER,ut,n.RENDERBUFFER,xt)}e.bindFramebuffer(n.FRAMEBUFFER,null)}function bi(R,S,Y){let mt=i.get(R);S!==void 0&&we(mt.__webglFramebuffer,R,R.texture,n.COLOR_ATTACHMENT0,n.TEXTURE_2D,0),Y!==void 0&&mi(R)}function Si(R){let S=R.texture,Y=i.get(R),mt=i.get(S);R.addEventListener("dispose",K),X(R);let ut=R.textures,xt=R.isWebGLCubeRenderTarget===!0,Et=ut.length>1;if(Et||(mt.__webglTexture===void 0&&(mt.__webglTexture=n.createTexture()),mt.__version=S.version,l.memory.textures++),xt){Y.__webglFramebuffer=[];for(let at=0;at<6;at++)if(S.mipmaps.length>0){Y.__webglFramebuffer[at]=[];for(let lt=0;lt<S.mipmaps.length;lt++)Y.__webglFramebuffer[at][lt]=n.createFramebuffer()}else Y.__webglFramebuffer[at]=n.createFramebuffer()}else{if(S.mipmaps.length>0){Y.__webglFramebuffer=[];for(let at=0;at<S.mipmaps.length;at++)Y.__webglFramebuffer[at]=n.createFramebuffer()}else Y.__webglFramebuffer=n.createFramebuffer();if(Et)for(let at=0,lt=ut.length;at<lt;at++){let bt=i.get(ut[at]);bt.__webglTexture===void 0&&(bt.__webglTexture=n.createTexture(),l.memory.textures++)}if(R.samples>0&&Pt(R)===!1){Y.__webglMultisampledFramebuffer=n.createFramebuffer(),Y.__webglColorRenderbuffer=[],e.bindFramebuffer(n.FRAMEBUFFER,Y.__webglMultisampledFramebuffer);for(let at=0;at<ut.length;at++){let lt=ut[at];Y.__webglColorRenderbuffer[at]=n.createRenderbuffer(),n.bindRenderbuffer(n.RENDERBUFFER,Y.__webglColorRenderbuffer[at]);let bt=o.convert(lt.format,lt.colorSpace),O=o.convert(lt.type),ht=D(lt.internalFormat,bt,O,lt.normalized,lt.colorSpace,R.isXRRenderTarget===!0),st=Ee(R);n.renderbufferStorageMultisample(n.RENDERBUFFER,st,ht,R.width,R.height),n.framebufferRenderbuffer(n.FRAMEBUFFER,n.COLOR_ATTACHMENT0+at,n.RENDERBUFFER,Y.__webglColorRenderbuffer[at])}n.bindRenderbuffer(n.RENDERBUFFER,null),R.depthBuffer&&(Y.__webglDepthRenderbuffer=n.createRenderbuffer(),Mi(Y.__webglDepthRenderbuffer,R,!0)),e.bindFramebuffer(n.FRAMEBUFFER,null)}}if(xt){e.bindTexture(n.TEXTURE_CUBE_MAP,mt.__webglTexture),me(n.TEXTURE_CUBE_MAP,S);for(let at=0;at<6;at++)if(S.mipmaps.length>0)for(let lt=0;lt<S.mipmaps.length;lt++)we(Y.__webglFramebuffer[at][lt],R,S,n.COLOR_ATTACHMENT0,n.TEXTURE_CUBE_MAP_POSITIVE_X+at,lt);else we(Y.__webglFramebuffer[at],R,S,n.COLOR_ATTACHMENT0,n.TEXTURE_CUBE_MAP_POSITIVE_X+at,0);I(S)?P(n.TEXTURE_CUBE_MAP):S.mipmaps.length>0&&n.texParameteri(n.TEXTURE_CUBE_MAP,n.TEXTURE_MAX_LEVEL,S.mipmaps.length-1),e.unbindTexture()}else if(Et){for(let at=0,lt=ut.length;at<lt;at++){let bt=ut[at],O=i.get(bt),ht=n.TEXTURE_2D;(R.isWebGL3DRenderTarget||R.isWebGLArrayRenderTarget)&&(ht=R.isWebGL3DRenderTarget?n.TEXTURE_3D:n.TEXTURE_2D_ARRAY),e.bindTexture(ht,O.__webglTexture),me(ht,bt),we(Y.__webglFramebuffer,R,bt,n.COLOR_ATTACHMENT0+at,ht,0),I(bt)&&P(ht)}e.unbindTexture()}else{let at=n.TEXTURE_2D;if((R.isWebGL3DRenderTarget||R.isWebGLArrayRenderTarget)&&(at=R.isWebGL3DRenderTarget?n.TEXTURE_3D:n.TEXTURE_2D_ARRAY),e.bindTexture(at,mt.__webglTexture),me(at,S),S.mipmaps.length>0)for(let lt=0;lt<S.mipmaps.length;lt++)we(Y.__webglFramebuffer[lt],R,S,n.COLOR_ATTACHMENT0,at,lt);else we(Y.__webglFramebuffer,R,S,n.COLOR_ATTACHMENT0,at,0);I(S)?P(at):S.mipmaps.length>0&&n.texParameteri(at,n.TEXTURE_MAX_LEVEL,S.mipmaps.length-1),e.unbindTexture()}R.depthBuffer&&mi(R)}function H(R){let S=R.textures;for(let Y=0,mt=S.length;Y<mt;Y++){let ut=S[Y];if(I(ut)&&ut.mipmapsAutoUpdate===!0){let xt=N(R),Et=i.get(ut).__webglTexture;e.bindTexture(xt,Et),P(xt),e.unbindTexture()}}}let gi=[];function Me(R){if(R.samples>0){if(Pt(R)===!1){let S=R.textures,Y=R.width,mt=R.height,ut=n.COLOR_BUFFER_BIT,xt=R.stencilBuffer?n.DEPTH_STENCIL_ATTACHMENT:n.DEPTH_ATTACHMENT,Et=i.get(R),at=S.length>1;if(at)for(let bt=0;bt<S.length;bt++)e.bindFramebuffer(n.FRAMEBUFFER,Et.__webglMultisampledFramebuffer),n.framebufferRenderbuffer(n.FRAMEBUFFER,n.COLOR_ATTACHMENT0+bt,n.RENDERBUFFER,null),e.bindFramebuffer(n.FRAMEBUFFER,Et.__webglFramebuffer),n.framebufferTexture2D(n.DRAW_FRAMEBUFFER,n.COLOR_ATTACHMENT0+bt,n.TEXTURE_2D,null,0);e.bindFramebuffer(n.READ_FRAMEBUFFER,Et.__webglMultisampledFramebuffer),R.texture.mipmaps.length>0?e.bindFramebuffer(n.DRAW_FRAMEBUFFER,Et.__webglFramebuffer[0]):e.bindFramebuffer(n.DRAW_FRAMEBUFFER,Et.__webglFramebuffer);for(let bt=0;bt<S.length;bt++){if(R.resolveDepthBuffer&&(R.depthBuffer&&(ut|=n.DEPTH_BUFFER_BIT),R.stencilBuffer&&R.resolveStencilBuffer&&(ut|=n.STENCIL_BUFFER_BIT)),at){n.framebufferRenderbuffer(n.READ_FRAMEBUFFER,n.COLOR_ATTACHMENT0,n.RENDERBUFFER,Et.__webglColorRenderbuffer[bt]);let O=i.get(S[bt]).__webglTexture;n.framebufferTexture2D(n.DRAW_FRAMEBUFFER,n.COLOR_ATTACHMENT0,n.TEXTURE_2D,O,0)}n.blitFramebuffer(0,0,Y,mt,0,0,Y,mt,ut,n.NEAREST),u===!0&&(gi.length=0,gi.push(n.COLOR_ATTACHMENT0+bt),R.depthBuffer&&R.storeMultisampledDepthBuffer===!1&&gi.push(xt),n.invalidateFramebuffer(n.READ_FRAMEBUFFER,gi))}if(e.bindFramebuffer(n.READ_FRAMEBUFFER,null),e.bindFramebuffer(n.DRAW_FRAMEBUFFER,null),at)for(let bt=0;bt<S.length;bt++){e.bindFramebuffer(n.FRAMEBUFFER,Et.__webglMultisampledFramebuffer),n.framebufferRenderbuffer(n.FRAMEBUFFER,n.COLOR_ATTACHMENT0+bt,n.RENDERBUFFER,Et.__webglColorRenderbuffer[bt]);let O=i.get(S[bt]).__webglTexture;e.bindFramebuffer(n.FRAMEBUFFER,Et.__webglFramebuffer),n.framebufferTexture2D(n.DRAW_FRAMEBUFFER,n.COLOR_ATTACHMENT0+bt,n.TEXTURE_2D,O,0)}e.bindFramebuffer(n.DRAW_FRAMEBUFFER,Et.__webglMultisampledFramebuffer)}else if(R.depthBuffer&&R.storeMultisampledDepthBuffer===!1&&u){let S=R.stencilBuffer?n.DEPTH_STENCIL_ATTACHMENT:n.DEPTH_ATTACHMENT;n.invalidateFramebuffer(n.DRAW_FRAMEBUFFER,[S])}}}function Ee(R){return Math.min(r.maxSamples,R.samples)}function Pt(R){let S=i.get(R);return R.samples>0&&t.has("WEBGL_multisampled_render_to_texture")===!0&&S.__useRenderToTexture!==!1}function Ne(R){let S=l.render.frame;p.get(R)!==S&&(p.set(R,S),R.update())}function Gt(R,S){let Y=R.colorSpace,mt=R.format,ut=R.type;return R.isCompressedTexture===!0||R.isVideoTexture===!0||Y!==Ds&&Y!==Yn&&(ae.getTransfer(Y)===ve?(mt!==pn||ut!==Hi)&&Zt("WebGLTextures: sRGB encoded textures have to use RGBAFormat and UnsignedByteType."):Kt("WebGLTextures: Unsupported texture color space:",Y)),S}function Yt(R){return typeof HTMLImageElement<"u"&&R instanceof HTMLImageElement?(d.width=R.naturalWidth||R.width,d.height=R.naturalHeight||R.height):typeof VideoFrame<"u"&&R instanceof VideoFrame?(d.width=R.displayWidth,d.height=R.displayHeight):(d.width=R.width,d.height=R.height),d}this.allocateTextureUnit=It,this.resetTextureUnits=ct,this.getTextureUnits=dt,this.setTextureUnits=At,this.setTexture2D=wt,this.setTexture2DArray=Dt,this.setTexture3D=kt,this.setTextureCube=Ct,this.rebindTextures=bi,this.setupRenderTarget=Si,this.updateRenderTargetMipmap=H,this.updateMultisampleRenderTarget=Me,this.setupDepthRenderbuffer=mi,this.setupFrameBufferTexture=we,this.useMultisampledRTT=Pt,this.dispose=it}function Yb(n,t){function e(i,r=Yn){let o,l=ae.getTransfer(r);if(i===Hi)return n.UNSIGNED_BYTE;if(i===_l)return n.UNSIGNED_SHORT_4_4_4_4;if(i===vl)return n.UNSIGNED_SHORT_5_5_5_1;if(i===cu)return n.UNSIGNED_INT_5_9_9_9_REV;if(i===hu)return n.UNSIGNED_INT_10F_11F_11F_REV;if(i===au)return n.BYTE;if(i===lu)return n.SHORT;if(i===Rr)return n.UNSIGNED_SHORT;if(i===gl)return n.INT;if(i===Vi)return n.UNSIGNED_INT;if(i===fn)return n.FLOAT;if(i===Gi)return n.HALF_FLOAT;if(i===uu)return n.ALPHA;if(i===du)return n.RGB;if(i===pn)return n.RGBA;if(i===zn)return n.DEPTH_COMPONENT;if(i===qn)return n.DEPTH_STENCIL;if(i===To)return n.RED;if(i===yl)return n.RED_INTEGER;if(i===ps)return n.RG;if(i===xl)return n.RG_INTEGER;if(i===Ml)return n.RGBA_INTEGER;if(i===Ao||i===Po||i===Co||i===Ro)if(l===ve)if(o=t.get("WEBGL_compressed_texture_s3tc_srgb"),o!==null){if(i===Ao)return o.COMPRESSED_SRGB_S3TC_DXT1_EXT;if(i===Po)return o.COMPRESSED_SRGB_ALPHA_S3TC_DXT1_EXT;if(i===Co)return o.COMPRESSED_SRGB_ALPHA_S3TC_DXT3_EXT;if(i===Ro)return o.COMPRESSED_SRGB_ALPHA_S3TC_DXT5_EXT}else return null;else if(o=t.get("WEBGL_compressed_texture_s3tc"),o!==null){if(i===Ao)return o.COMPRESSED_RGB_S3TC_DXT1_EXT;if(i===Po)return o.COMPRESSED_RGBA_S3TC_DXT1_EXT;if(i===Co)return o.COMPRESSED_RGBA_S3TC_DXT3_EXT;if(i===Ro)return o.COMPRESSED_RGBA_S3TC_DXT5_EXT}else return null;if(i===bl||i===Sl||i===wl||i===El)if(o=t.get("WEBGL_compressed_texture_pvrtc"),o!==null){if(i===bl)return o.COMPRESSED_RGB_PVRTC_4BPPV1_IMG;if(i===Sl)return o.COMPRESSED_RGB_PVRTC_2BPPV1_IMG;if(i===wl)return o.COMPRESSED_RGBA_PVRTC_4BPPV1_IMG;if(i===El)return o.COMPRESSED_RGBA_PVRTC_2BPPV1_IMG}else return null;if(i===Tl||i===Al||i===Pl||i===Cl||i===Rl||i===Lo||i===Ll)if(o=t.get("WEBGL_compressed_texture_etc"),o!==null){if(i===Tl||i===Al)return l===ve?o.COMPRESSED_SRGB8_ETC2:o.COMPRESSED_RGB8_ETC2;if(i===Pl)return l===ve?o.COMPRESSED_SRGB8_ALPHA8_ETC2_EAC:o.COMPRESSED_RGBA8_ETC2_EAC;if(i===Cl)return o.COMPRESSED_R11_EAC;if(i===Rl)return o.COMPRESSED_SIGNED_R11_EAC;if(i===Lo)return o.COMPRESSED_RG11_EAC;if(i===Ll)return o.COMPRESSED_SIGNED_RG11_EAC}else return null;if(i===Il||i===Dl||i===Nl||i===Ol||i===Ul||i===Fl||i===Bl||i===zl||i===kl||i===Hl||i===Vl||i===Gl||i===Wl||i===Xl)if(o=t.get("WEBGL_compressed_texture_astc"),o!==null){if(i===Il)return l===ve?o.COMPRESSED_SRGB8_ALPHA8_ASTC_4x4_KHR:o.COMPRESSED_RGBA_ASTC_4x4_KHR;if(i===Dl)return l===ve?o.COMPRESSED_SRGB8_ALPHA8_ASTC_5x4_KHR:o.COMPRESSED_RGBA_ASTC_5x4_KHR;if(i===Nl)return l===ve?o.COMPRESSED_SRGB8_ALPHA8_ASTC_5x5_KHR:o.COMPRESSED_RGBA_ASTC_5x5_KHR;if(i===Ol)return l===ve?o.COMPRESSED_SRGB8_ALPHA8_ASTC_6x5_KHR:o.COMPRESSED_RGBA_ASTC_6x5_KHR;if(i===Ul)return l===ve?o.COMPRESSED_SRGB8_ALPHA8_ASTC_6x6_KHR:o.COMPRESSED_RGBA_ASTC_6x6_KHR;if(i===Fl)return l===ve?o.COMPRESSED_SRGB8_ALPHA8_ASTC_8x5_KHR:o.COMPRESSED_RGBA_ASTC_8x5_KHR;if(i===Bl)return l===ve?o.COMPRESSED_SRGB8_ALPHA8_ASTC_8x6_KHR:o.COMPRESSED_RGBA_ASTC_8x6_KHR;if(i===zl)return l===ve?o.COMPRESSED_SRGB8_ALPHA8_ASTC_8x8_KHR:o.COMPRESSED_RGBA_ASTC_8x8_KHR;if(i===kl)return l===ve?o.COMPRESSED_SRGB8_ALPHA8_ASTC_10x5_KHR:o.COMPRESSED_RGBA_ASTC_10x5_KHR;if(i===Hl)return l===ve?o.COMPRESSED_SRGB8_ALPHA8_ASTC_10x6_KHR:o.COMPRESSED_RGBA_ASTC_10x6_KHR;if(i===Vl)return l===ve?o.COMPRESSED_SRGB8_ALPHA8_ASTC_10x8_KHR:o.COMPRESSED_RGBA_ASTC_10x8_KHR;if(i===Gl)return l===ve?o.COMPRESSED_SRGB8_ALPHA8_ASTC_10x10_KHR:o.COMPRESSED_RGBA_ASTC_10x10_KHR;if(i===Wl)return l===ve?o.COMPRESSED_SRGB8_ALPHA8_ASTC_12x10_KHR:o.COMPRESSED_RGBA_ASTC_12x10_KHR;if(i===Xl)return l===ve?o.COMPRESSED_SRGB8_ALPHA8_ASTC_12x12_KHR:o.COMPRESSED_RGBA_ASTC_12x12_KHR}else return null;if(i===Zl||i===ql||i===Yl)if(o=t.get("EXT_texture_compression_bptc"),o!==null){if(i===Zl)return l===ve?o.COMPRESSED_SRGB_ALPHA_BPTC_UNORM_EXT:o.COMPRESSED_RGBA_BPTC_UNORM_EXT;if(i===ql)return o.COMPRESSED_RGB_BPTC_SIGNED_FLOAT_EXT;if(i===Yl)return o.COMPRESSED_RGB_BPTC_UNSIGNED_FLOAT_EXT}else return null;if(i===$l||i===jl||i===Io||i===Kl)if(o=t.get("EXT_texture_compression_rgtc"),o!==null){if(i===$l)return o.COMPRESSED_RED_RGTC1_EXT;if(i===jl)return o.COMPRESSED_SIGNED_RED_RGTC1_EXT;if(i===Io)return o.COMPRESSED_RED_GREEN_RGTC2_EXT;if(i===Kl)return o.COMPRESSED_SIGNED_RED_GREEN_RGTC2_EXT}else return null;return i===zs?n.UNSIGNED_INT_24_8:n[i]!==void 0?n[i]:null}return{convert:e}}var $b=`
void main() {

	gl_Position = vec4( position, 1.0 );

}`,jb=`
uniform sampler2DArray depthColor;
uniform float depthWidth;
uniform float depthHeight;

void main() {

	vec2 coord = vec2( gl_FragCoord.x / depthWidth, gl_FragCoord.y / depthHeight );

	if ( coord.x >= 1.0 ) {

		gl_FragDepth = texture( depthColor, vec3( coord.x - 1.0, coord.y, 1 ) ).r;

	} else {

		gl_FragDepth = texture( depthColor, vec3( coord.x, coord.y, 0 ) ).r;

	}

}`,Ou=class{constructor(){this.texture=null,this.mesh=null,this.depthNear=0,this.depthFar=0}init(t,e){if(this.texture===null){let i=new vo(t.texture);(t.depthNear!==e.depthNear||t.depthFar!==e.depthFar)&&(this.depthNear=t.depthNear,this.depthFar=t.depthFar),this.texture=i}}getMesh(t){if(this.texture!==null&&this.mesh===null){let e=t.cameras[0].viewport,i=new ti({vertexShader:$b,fragmentShader:jb,uniforms:{depthColor:{value:this.texture},depthWidth:{value:e.z},depthHeight:{value:e.w}}});this.mesh=new Qe(new Wn(20,20),i)}return this.mesh}reset(){this.texture=null,this.mesh=null}getDepthTexture(){return this.texture}},Uu=class extends un{constructor(t,e){super();let i=this,r=null,o=1,l=null,c="local-floor",u=1,d=null,p=null,m=null,g=null,_=null,M=null,T=typeof XRWebGLBinding<"u",x=new Ou,y={},A=e.getContextAttributes(),I=null,P=null,N=[],D=[],b=new Ht,C=null,X=null,z=new vi;z.viewport=new Re;let G=new vi;G.viewport=new Re;let K=[z,G],ot=new ul,B=null,it=null;this.cameraAutoUpdate=!0,this.enabled=!1,this.isPresenting=!1,this.getController=function(j){let wt=N[j];return wt===void 0&&(wt=new yr,N[j]=wt),wt.getTargetRaySpace()},this.getControllerGrip=function(j){let wt=N[j];return wt===void 0&&(wt=new yr,N[j]=wt),wt.getGripSpace()},this.getHand=function(j){let wt=N[j];return wt===void 0&&(wt=new yr,N[j]=wt),wt.getHandSpace()};function Z(j){let wt=D.indexOf(j.inputSource);if(wt===-1)return;let Dt=N[wt];Dt!==void 0&&(Dt.update(j.inputSource,j.frame,d||l),Dt.dispatchEvent({type:j.type,data:j.inputSource}))}function et(){r.removeEventListener("select",Z),r.removeEventListener("selectstart",Z),r.removeEventListener("selectend",Z),r.removeEventListener("squeeze",Z),r.removeEventListener("squeezestart",Z),r.removeEventListener("squeezeend",Z),r.removeEventListener("end",et),r.removeEventListener("inputsourceschange",nt);for(let j=0;j<N.length;j++){let wt=D[j];wt!==null&&(D[j]=null,N[j].disconnect(wt))}B=null,it=null,x.reset();for(let j in y)delete y[j];if(t.setRenderTarget(I),_=null,g=null,m=null,r=null,P=null,It.stop(),i.isPresenting=!1,t.setPixelRatio(C),t.setSize(b.width,b.height,!1),X!==null){let j=X.camera;j.fov=X.fov,j.zoom=X.zoom,j.updateProjectionMatrix(),X=null}i.dispatchEvent({type:"sessionend"})}this.setFramebufferScaleFactor=function(j){o=j,i.isPresenting===!0&&Zt("WebXRManager: Cannot change framebuffer scale while presenting.")},this.setReferenceSpaceType=function(j){c=j,i.isPresenting===!0&&Zt("WebXRManager: Cannot change reference space type while presenting.")},this.getReferenceSpace=function(){return d||l},this.setReferenceSpace=function(j){d=j},this.getBaseLayer=function(){return g!==null?g:_},this.getBinding=function(){return m===null&&T&&(m=new XRWebGLBinding(r,e)),m},this.getFrame=function(){return M},this.getSession=function(){return r},this.setSession=async function(j){if(r=j,r!==null){if(I=t.getRenderTarget(),r.addEventListener("select",Z),r.addEventListener("selectstart",Z),r.addEventListener("selectend",Z),r.addEventListener("squeeze",Z),r.addEventListener("squeezestart",Z),r.addEventListener("squeezeend",Z),r.addEventListener("end",et),r.addEventListener("inputsourceschange",nt),A.xrCompatible!==!0&&await e.makeXRCompatible(),C=t.getPixelRatio(),t.getSize(b),T&&"createProjectionLayer"in XRWebGLBinding.prototype){let Dt=null,kt=null,Ct=null;A.depth&&(Ct=A.stencil?e.DEPTH24_STENCIL8:e.DEPTH_COMPONENT24,Dt=A.stencil?qn:zn,kt=A.stencil?zs:Vi);let Qt={colorFormat:e.RGBA8,depthFormat:Ct,scaleFactor:o};m=this.getBinding(),g=m.createProjectionLayer(Qt),r.updateRenderState({layers:[g]}),t.setPixelRatio(1),t.setSize(g.textureWidth,g.textureHeight,!1),P=new hi(g.textureWidth,g.textureHeight,{format:pn,type:Hi,depthTexture:new dn(g.textureWidth,g.textureHeight,kt,void 0,void 0,void 0,void 0,void 0,void 0,Dt),stencilBuffer:A.stencil,colorSpace:t.outputColorSpace,samples:A.antialias?4:0,resolveDepthBuffer:g.ignoreDepthValues===!1,resolveStencilBuffer:g.ignoreDepthValues===!1,storeMultisampledDepthBuffer:g.ignoreDepthValues===!1,storeMultisampledStencilBuffer:g.ignoreDepthValues===!1})}else{let Dt={antialias:A.antialias,alpha:!0,depth:A.depth,stencil:A.stencil,framebufferScaleFactor:o};_=new XRWebGLLayer(r,e,Dt),r.updateRenderState({baseLayer:_}),t.setPixelRatio(1),t.setSize(_.framebufferWidth,_.framebufferHeight,!1),P=new hi(_.framebufferWidth,_.framebufferHeight,{format:pn,type:Hi,colorSpace:t.outputColorSpace,stencilBuffer:A.stencil,resolveDepthBuffer:_.ignoreDepthValues===!1,resolveStencilBuffer:_.ignoreDepthValues===!1,storeMultisampledDepthBuffer:_.ignoreDepthValues===!1,storeMultisampledStencilBuffer:_.ignoreDepthValues===!1})}P.isXRRenderTarget=!0,this.setFoveation(u),d=null,l=await r.requestReferenceSpace(c),It.setContext(r),It.start(),i.isPresenting=!0,i.dispatchEvent({type:"sessionstart"})}},this.getEnvironmentBlendMode=function(){if(r!==null)return r.environmentBlendMode},this.getDepthTexture=function(){return x.getDepthTexture()};function nt(j){for(let wt=0;wt<j.removed.length;wt++){let Dt=j.removed[wt],kt=D.indexOf(Dt);kt>=0&&(D[kt]=null,N[kt].disconnect(Dt))}for(let wt=0;wt<j.added.length;wt++){let Dt=j.added[wt],kt=D.indexOf(Dt);if(kt===-1){for(let Qt=0;Qt<N.length;Qt++)if(Qt>=D.length){D.push(Dt),kt=Qt;break}else if(D[Qt]===null){D[Qt]=Dt,kt=Qt;break}if(kt===-1)break}let Ct=N[kt];Ct&&Ct.connect(Dt)}}function J(j,wt){wt===null?j.matrixWorld.copy(j.matrix):j.matrixWorld.multiplyMatrices(wt.matrixWorld,j.matrix),j.matrixWorldInverse.copy(j.matrixWorld).invert()}this.updateCamera=function(j){if(r===null)return;let wt=j.near,Dt=j.far;x.texture!==null&&(x.depthNear>0&&(wt=x.depthNear),x.depthFar>0&&(Dt=x.depthFar)),ot.near=G.near=z.near=wt,ot.far=G.far=z.far=Dt,(B!==ot.near||it!==ot.far)&&(r.updateRenderState({depthNear:ot.near,depthFar:ot.far}),B=ot.near,it=ot.far),ot.layers.mask=j.layers.mask|6,z.layers.mask=ot.layers.mask&-5,G.layers.mask=ot.layers.mask&-3;let kt=j.parent,Ct=ot.cameras;J(ot,kt);for(let Qt=0;Qt<Ct.length;Qt++)J(Ct[Qt],kt);ot.projectionMatrix.copy(z.projectionMatrix),ot.projectionMatrixInverse.copy(z.projectionMatrixInverse),X===null&&j.isPerspectiveCamera&&(X={camera:j,fov:j.fov,zoom:j.zoom}),ct(j,ot,kt)};function ct(j,wt,Dt){Dt===null?j.matrix.copy(wt.matrixWorld):(j.matrix.copy(Dt.matrixWorld),j.matrix.invert(),j.matrix.multiply(wt.matrixWorld)),j.matrix.decompose(j.position,j.quaternion,j.scale),j.updateMatrixWorld(!0),j.projectionMatrix.copy(wt.projectionMatrix),j.projectionMatrixInverse.copy(wt.projectionMatrixInverse),j.isPerspectiveCamera&&(j.fov=gr*2*Math.atan(1/j.projectionMatrix.elements[5]),j.zoom=1)}this.getCamera=function(){return ot},this.getFoveation=function(){if(!(g===null&&_===null))return u},this.setFoveation=function(j){u=j,g!==null&&(g.fixedFoveation=j),_!==null&&_.fixedFoveation!==void 0&&(_.fixedFoveation=j)},this.hasDepthSensing=function(){return x.texture!==null},this.getDepthSensingMesh=function(){return x.getMesh(ot)},this.getCameraTexture=function(j){return y[j]};let dt=null;function At(j,wt){if(p=wt.getViewerPose(d||l),M=wt,p!==null){let Dt=p.views;_!==null&&(t.setRenderTargetFramebuffer(P,_.framebuffer),t.setRenderTarget(P));let kt=!1;Dt.length!==ot.cameras.length&&(ot.cameras.length=0,kt=!0);for(let Vt=0;Vt<Dt.length;Vt++){let me=Dt[Vt],_e=null;if(_!==null)_e=_.getViewport(me);else{let Fe=m.getViewSubImage(g,me);_e=Fe.viewport,Vt===0&&(t.setRenderTargetTextures(P,Fe.colorTexture,Fe.depthStencilTexture),t.setRenderTarget(P))}let ne=K[Vt];ne===void 0&&(ne=new vi,ne.layers.enable(Vt),ne.viewport=new Re,K[Vt]=ne),ne.matrix.fromArray(me.transform.matrix),ne.matrix.decompose(ne.position,ne.quaternion,ne.scale),ne.projectionMatrix.fromArray(me.projectionMatrix),ne.projectionMatrixInverse.copy(ne.projectionMatrix).invert(),ne.viewport.set(_e.x,_e.y,_e.width,_e.height),Vt===0&&(ot.matrix.copy(ne.matrix),ot.matrix.decompose(ot.position,ot.quaternion,ot.scale)),kt===!0&&ot.cameras.push(ne)}let Ct=r.enabledFeatures;if(Ct&&Ct.includes("depth-sensing")&&r.depthUsage=="gpu-optimized"&&T){m=i.getBinding();let Vt=m.getDepthInformation(Dt[0]);Vt&&Vt.isValid&&Vt.texture&&x.init(Vt,r.renderState)}if(Ct&&Ct.includes("camera-access")&&T){t.state.unbindTexture(),m=i.getBinding();for(let Vt=0;Vt<Dt.length;Vt++){let me=Dt[Vt].camera;if(me){let _e=y[me];_e||(_e=new vo,y[me]=_e);let ne=m.getCameraImage(me);_e.sourceTexture=ne}}}}for(let Dt=0;Dt<N.length;Dt++){let kt=D[Dt],Ct=N[Dt];kt!==null&&Ct!==void 0&&Ct.update(kt,wt,d||l)}dt&&dt(j,wt),wt.detectedPlanes&&i.dispatchEvent({type:"planesdetected",data:wt}),M=null}let It=new tm;It.setAnimationLoop(At),this.setAnimationLoop=function(j){dt=j},this.dispose=function(){}}},Kb=new ce,hm=new Jt;hm.set(-1,0,0,0,1,0,0,0,1);function Jb(n,t){function e(x,y){x.matrixAutoUpdate===!0&&x.updateMatrix(),y.value.copy(x.matrix)}function i(x,y){y.color.getRGB(x.fogColor.value,Su(n)),y.isFog?(x.fogNear.value=y.near,x.fogFar.value=y.far):y.isFogExp2&&(x.fogDensity.value=y.density)}function r(x,y,A,I,P){y.isNodeMaterial?y.uniformsNeedUpdate=!1:y.isMeshBasicMaterial?o(x,y):y.isMeshLambertMaterial?(o(x,y),y.envMap&&(x.envMapIntensity.value=y.envMapIntensity)):y.isMeshToonMaterial?(o(x,y),m(x,y)):y.isMeshPhongMaterial?(o(x,y),p(x,y),y.envMap&&(x.envMapIntensity.value=y.envMapIntensity)):y.isMeshStandardMaterial?(o(x,y),g(x,y),y.isMeshPhysicalMaterial&&_(x,y,P)):y.isMeshMatcapMaterial?(o(x,y),M(x,y)):y.isMeshDepthMaterial?o(x,y):y.isMeshDistanceMaterial?(o(x,y),T(x,y)):y.isMeshNormalMaterial?o(x,y):y.isLineBasicMaterial?(l(x,y),y.isLineDashedMaterial&&c(x,y)):y.isPointsMaterial?u(x,y,A,I):y.isSpriteMaterial?d(x,y):y.isShadowMaterial?(x.color.value.copy(y.color),x.opacity.value=y.opacity):y.isShaderMaterial&&(y.uniformsNeedUpdate=!1)}function o(x,y){x.opacity.value=y.opacity,y.color&&x.diffuse.value.copy(y.color),y.emissive&&x.emissive.value.copy(y.emissive).multiplyScalar(y.emissiveIntensity),y.map&&(x.map.value=y.map,e(y.map,x.mapTransform)),y.alphaMap&&(x.alphaMap.value=y.alphaMap,e(y.alphaMap,x.alphaMapTransform)),y.bumpMap&&(x.bumpMap.value=y.bumpMap,e(y.bumpMap,x.bumpMapTransform),x.bumpScale.value=y.bumpScale,y.side===xi&&(x.bumpScale.value*=-1)),y.normalMap&&(x.normalMap.value=y.normalMap,e(y.normalMap,x.normalMapTransform),x.normalScale.value.copy(y.normalScale),y.side===xi&&x.normalScale.value.negate()),y.displacementMap&&(x.displacementMap.value=y.displacementMap,e(y.displacementMap,x.displacementMapTransform),x.displacementScale.value=y.displacementScale,x.displacementBias.value=y.displacementBias),y.emissiveMap&&(x.emissiveMap.value=y.emissiveMap,e(y.emissiveMap,x.emissiveMapTransform)),y.specularMap&&(x.specularMap.value=y.specularMap,e(y.specularMap,x.specularMapTransform)),y.alphaTest>0&&(x.alphaTest.value=y.alphaTest);let A=t.get(y),I=A.envMap,P=A.envMapRotation;I&&(x.envMap.value=I,x.envMapRotation.value.setFromMatrix4(Kb.makeRotationFromEuler(P)).transpose(),I.isCubeTexture&&I.isRenderTargetTexture===!1&&x.envMapRotation.value.premultiply(hm),x.reflectivity.value=y.reflectivity,x.ior.value=y.ior,x.refractionRatio.value=y.refractionRatio),y.lightMap&&(x.lightMap.value=y.lightMap,x.lightMapIntensity.value=y.lightMapIntensity,e(y.lightMap,x.lightMapTransform)),y.aoMap&&(x.aoMap.value=y.aoMap,x.aoMapIntensity.value=y.aoMapIntensity,e(y.aoMap,x.aoMapTransform))}function l(x,y){x.diffuse.value.copy(y.color),x.opacity.value=y.opacity,y.map&&(x.map.value=y.map,e(y.map,x.mapTransform))}function c(x,y){x.dashSize.value=y.dashSize,x.totalSize.value=y.dashSize+y.gapSize,x.scale.value=y.scale}function u(x,y,A,I){x.diffuse.value.copy(y.color),x.opacity.value=y.opacity,x.size.value=y.size*A,x.scale.value=I*.5,y.map&&(x.map.value=y.map,e(y.map,x.uvTransform)),y.alphaMap&&(x.alphaMap.value=y.alphaMap,e(y.alphaMap,x.alphaMapTransform)),y.alphaTest>0&&(x.alphaTest.value=y.alphaTest)}function d(x,y){x.diffuse.value.copy(y.color),x.opacity.value=y.opacity,x.rotation.value=y.rotation,y.map&&(x.map.value=y.map,e(y.map,x.mapTransform)),y.alphaMap&&(x.alphaMap.value=y.alphaMap,e(y.alphaMap,x.alphaMapTransform)),y.alphaTest>0&&(x.alphaTest.value=y.alphaTest)}function p(x,y){x.specular.value.copy(y.specular),x.shininess.value=Math.max(y.shininess,1e-4)}function m(x,y){y.gradientMap&&(x.gradientMap.value=y.gradientMap)}function g(x,y){x.metalness.value=y.metalness,y.metalnessMap&&(x.metalnessMap.value=y.metalnessMap,e(y.metalnessMap,x.metalnessMapTransform)),x.roughness.value=y.roughness,y.roughnessMap&&(x.roughnessMap.value=y.roughnessMap,e(y.roughnessMap,x.roughnessMapTransform)),y.envMap&&(x.envMapIntensity.value=y.envMapIntensity)}function _(x,y,A){x.ior.value=y.ior,y.diffuseRoughness>0&&(x.diffuseRoughness.value=y.diffuseRoughness,y.diffuseRoughnessMap&&(x.diffuseRoughnessMap.value=y.diffuseRoughnessMap,e(y.diffuseRoughnessMap,x.diffuseRoughnessMapTransform))),y.sheen>0&&(x.sheenColor.value.copy(y.sheenColor).multiplyScalar(y.sheen),x.sheenRoughness.value=y.sheenRoughness,y.sheenColorMap&&(x.sheenColorMap.value=y.sheenColorMap,e(y.sheenColorMap,x.sheenColorMapTransform)),y.sheenRoughnessMap&&(x.sheenRoughnessMap.value=y.sheenRoughnessMap,e(y.sheenRoughnessMap,x.sheenRoughnessMapTransform))),y.clearcoat>0&&(x.clearcoat.value=y.clearcoat,x.clearcoatRoughness.value=y.clearcoatRoughness,y.clearcoatMap&&(x.clearcoatMap.value=y.clearcoatMap,e(y.clearcoatMap,x.clearcoatMapTransform)),y.clearcoatRoughnessMap&&(x.clearcoatRoughnessMap.value=y.clearcoatRoughnessMap,e(y.clearcoatRoughnessMap,x.clearcoatRoughnessMapTransform)),y.clearcoatNormalMap&&(x.clearcoatNormalMap.value=y.clearcoatNormalMap,e(y.clearcoatNormalMap,x.clearcoatNormalMapTransform),x.clearcoatNormalScale.value.copy(y.clearcoatNormalScale),y.side===xi&&x.clearcoatNormalScale.value.negate())),y.dispersion>0&&(x.dispersion.value=y.dispersion),y.retroreflectivity>0&&(x.retroreflectivity.value=y.retroreflectivity),y.iridescence>0&&(x.iridescence.value=y.iridescence,x.iridescenceIOR.value=y.iridescenceIOR,x.iridescenceThicknessMinimum.value=y.iridescenceThicknessMinimum,x.iridescenceThicknessMaximum.value=y.iridescenceThicknessMaximum,y.iridescenceMap&&(x.iridescenceMap.value=y.iridescenceMap,e(y.iridescenceMap,x.iridescenceMapTransform)),y.iridescenceThicknessMap&&(x.iridescenceThicknessMap.value=y.iridescenceThicknessMap,e(y.iridescenceThicknessMap,x.iridescenceThicknessMapTransform))),y.transmission>0&&(x.transmission.value=y.transmission,x.transmissionSamplerMap.value=A.texture,x.transmissionSamplerSize.value.set(A.width,A.height),y.transmissionMap&&(x.transmissionMap.value=y.transmissionMap,e(y.transmissionMap,x.transmissionMapTransform)),x.thickness.value=y.thickness,y.thicknessMap&&(x.thicknessMap.value=y.thicknessMap,e(y.thicknessMap,x.thicknessMapTransform)),x.attenuationDistance.value=y.attenuationDistance,x.attenuationColor.value.copy(y.attenuationColor)),y.anisotropy>0&&(x.anisotropyVector.value.set(y.anisotropy*Math.cos(y.anisotropyRotation),y.anisotropy*Math.sin(y.anisotropyRotation)),y.anisotropyMap&&(x.anisotropyMap.value=y.anisotropyMap,e(y.anisotropyMap,x.anisotropyMapTransform))),x.specularIntensity.value=y.specularIntensity,x.specularColor.value.copy(y.specularColor),y.specularColorMap&&(x.specularColorMap.value=y.specularColorMap,e(y.specularColorMap,x.specularColorMapTransform)),y.specularIntensityMap&&(x.specularIntensityMap.value=y.specularIntensityMap,e(y.specularIntensityMap,x.specularIntensityMapTransform))}function M(x,y){y.matcap&&(x.matcap.value=y.matcap)}function T(x,y){let A=t.get(y).light;x.referencePosition.value.setFromMatrixPosition(A.matrixWorld),x.nearDistance.value=A.shadow.camera.near,x.farDistance.value=A.shadow.camera.far}return{refreshFogUniforms:i,refreshMaterialUniforms:r}}function Qb(n,t,e,i){let r={},o={};function l(A,I){let P=I.program;i.uniformBlockBinding(A,P,r[A.id])}function c(A,I){let P=r[A.id];P===void 0&&(M(A),P=u(A),r[A.id]=P,A.addEventListener("dispose",x));let N=I.program;i.updateUBOMapping(A,N);let D=t.render.frame;o[A.id]!==D&&(d(A),o[A.id]=D)}function u(A){let I=n.createBuffer(),P=A.__size,N=A.usage;return n.bindBuffer(n.UNIFORM_BUFFER,I),n.bufferData(n.UNIFORM_BUFFER,P,N),n.bindBuffer(n.UNIFORM_BUFFER,null),I}function d(A){let I=r[A.id],P=A.uniforms,N=A.__cache;n.bindBuffer(n.UNIFORM_BUFFER,I);for(let D=0,b=P.length;D<b;D++){let C=P[D];if(Array.isArray(C))for(let X=0,z=C.length;X<z;X++)p(C[X],D,X,N);else p(C,D,0,N)}n.bindBuffer(n.UNIFORM_BUFFER,null)}function p(A,I,P,N){if(g(A,I,P,N)===!0){let D=A.__offset,b=A.value;if(Array.isArray(b)){let C=0;for(let X=0;X<b.length;X++){let z=b[X],G=T(z,!0);m(z,A.__data,C),C+=G.storage/Float32Array.BYTES_PER_ELEMENT}}else m(b,A.__data,0);n.bufferSubData(n.UNIFORM_BUFFER,D,A.__data)}}function m(A,I,P){typeof A=="number"||typeof A=="boolean"?I[P]=A:A.isMatrix3?(I[P]=A.elements[0],I[P+1]=A.elements[1],I[P+2]=A.elements[2],I[P+3]=0,I[P+4]=A.elements[3],I[P+5]=A.elements[4],I[P+6]=A.elements[5],I[P+7]=0,I[P+8]=A.elements[6],I[P+9]=A.elements[7],I[P+10]=A.elements[8],I[P+11]=0):ArrayBuffer.isView(A)?I.set(A.subarray(0,I.length-P),P):A.toArray(I,P)}function g(A,I,P,N){let D=A.value,b=I+"_"+P;if(Array.isArray(D)){N[b]===void 0&&(N[b]=[]);let C=N[b],X=!1;for(let z=0;z<D.length;z++)_(D[z],C,z)===!0&&(X=!0);return X}return _(D,N,b)}function _(A,I,P){if(I[P]===void 0)return typeof A=="number"||typeof A=="boolean"?I[P]=A:ArrayBuffer.isView(A)?I[P]=A.slice():I[P]=A.clone(),!0;{let N=I[P];if(typeof A=="number"||typeof A=="boolean"){if(N!==A)return I[P]=A,!0}else{if(ArrayBuffer.isView(A))return!0;if(N.equals(A)===!1)return N.copy(A),!0}}return!1}function M(A){let I=A.uniforms,P=0,N=16;for(let b=0,C=I.length;b<C;b++){let X=Array.isArray(I[b])?I[b]:[I[b]];for(let z=0,G=X.length;z<G;z++){let K=X[z],ot=Array.isArray(K.value)?K.value:[K.value],B=Array.isArray(I[b])||Array.isArray(K.value),it=P;for(let et=0,nt=ot.length;et<nt;et++){let J=ot[et],ct=T(J,B),dt=P%N,At=dt%ct.boundary,It=dt+At;P+=At,It!==0&&N-It<ct.storage&&(P+=N-It),et===0&&(it=P),P+=ct.storage}let Z=K.type==="int"?Int32Array:K.type==="uint"?Uint32Array:Float32Array;K.__data=new Z((P-it)/Float32Array.BYTES_PER_ELEMENT),K.__offset=it}}let D=P%N;return D>0&&(P+=N-D),A.__size=P,A.__cache={},this}function T(A,I){let P={boundary:0,storage:0};return typeof A=="number"||typeof A=="boolean"?(P.boundary=4,P.storage=4):A.isVector2?(P.boundary=8,P.storage=8):A.isVector3||A.isColor?(P.boundary=16,P.storage=12):A.isVector4?(P.boundary=16,P.storage=16):A.isMatrix3?(P.boundary=16,P.storage=48):A.isMatrix4?(P.boundary=16,P.storage=64):A.isTexture?Zt("WebGLRenderer: Texture samplers can not be part of an uniforms group."):ArrayBuffer.isView(A)?(P.boundary=16,P.storage=A.byteLength):Zt("WebGLRenderer: Unsupported uniform value type.",A),I===!0&&(P.boundary=16,P.storage=Math.ceil(P.storage/16)*16),P}function x(A){let I=A.target;I.removeEventListener("dispose",x),n.deleteBuffer(r[I.id]),delete r[I.id],delete o[I.id]}function y(){for(let A in r)n.deleteBuffer(r[A]);r={},o={}}return{bind:l,update:c,dispose:y}}var tS=new Uint16Array([12469,15057,12620,14925,13266,14620,13807,14376,14323,13990,14545,13625,14713,13328,14840,12882,14931,12528,14996,12233,15039,11829,15066,11525,15080,11295,15085,10976,15082,10705,15073,10495,13880,14564,13898,14542,13977,14430,14158,14124,14393,13732,14556,13410,14702,12996,14814,12596,14891,12291,14937,11834,14957,11489,14958,11194,14943,10803,14921,10506,14893,10278,14858,9960,14484,14039,14487,14025,14499,13941,14524,13740,14574,13468,14654,13106,14743,12678,14818,12344,14867,11893,14889,11509,14893,11180,14881,10751,14852,10428,14812,10128,14765,9754,14712,9466,14764,13480,14764,13475,14766,13440,14766,13347,14769,13070,14786,12713,14816,12387,14844,11957,14860,11549,14868,11215,14855,10751,14825,10403,14782,10044,14729,9651,14666,9352,14599,9029,14967,12835,14966,12831,14963,12804,14954,12723,14936,12564,14917,12347,14900,11958,14886,11569,14878,11247,14859,10765,14828,10401,14784,10011,14727,9600,14660,9289,14586,8893,14508,8533,15111,12234,15110,12234,15104,12216,15092,12156,15067,12010,15028,11776,14981,11500,14942,11205,14902,10752,14861,10393,14812,9991,14752,9570,14682,9252,14603,8808,14519,8445,14431,8145,15209,11449,15208,11451,15202,11451,15190,11438,15163,11384,15117,11274,15055,10979,14994,10648,14932,10343,14871,9936,14803,9532,14729,9218,14645,8742,14556,8381,14461,8020,14365,7603,15273,10603,15272,10607,15267,10619,15256,10631,15231,10614,15182,10535,15118,10389,15042,10167,14963,9787,14883,9447,14800,9115,14710,8665,14615,8318,14514,7911,14411,7507,14279,7198,15314,9675,15313,9683,15309,9712,15298,9759,15277,9797,15229,9773,15166,9668,15084,9487,14995,9274,14898,8910,14800,8539,14697,8234,14590,7790,14479,7409,14367,7067,14178,6621,15337,8619,15337,8631,15333,8677,15325,8769,15305,8871,15264,8940,15202,8909,15119,8775,15022,8565,14916,8328,14804,8009,14688,7614,14569,7287,14448,6888,14321,6483,14088,6171,15350,7402,15350,7419,15347,7480,15340,7613,15322,7804,15287,7973,15229,8057,15148,8012,15046,7846,14933,7611,14810,7357,14682,7069,14552,6656,14421,6316,14251,5948,14007,5528,15356,5942,15356,5977,15353,6119,15348,6294,15332,6551,15302,6824,15249,7044,15171,7122,15070,7050,14949,6861,14818,6611,14679,6349,14538,6067,14398,5651,14189,5311,13935,4958,15359,4123,15359,4153,15356,4296,15353,4646,15338,5160,15311,5508,15263,5829,15188,6042,15088,6094,14966,6001,14826,5796,14678,5543,14527,5287,14377,4985,14133,4586,13869,4257,15360,1563,15360,1642,15358,2076,15354,2636,15341,3350,15317,4019,15273,4429,15203,4732,15105,4911,14981,4932,14836,4818,14679,4621,14517,4386,14359,4156,14083,3795,13808,3437,15360,122,15360,137,15358,285,15355,636,15344,1274,15322,2177,15281,2765,15215,3223,15120,3451,14995,3569,14846,3567,14681,3466,14511,3305,14344,3121,14037,2800,13753,2467,15360,0,15360,1,15359,21,15355,89,15346,253,15325,479,15287,796,15225,1148,15133,1492,15008,1749,14856,1882,14685,1886,14506,1783,14324,1608,13996,1398,13702,1183]),bn=null;function eS(){return bn===null&&(bn=new Ns(tS,16,16,ps,Gi),bn.name="DFG_LUT",bn.minFilter=yi,bn.magFilter=yi,bn.wrapS=vn,bn.wrapT=vn,bn.generateMipmaps=!1,bn.needsUpdate=!0),bn}var ec=class{constructor(t={}){let{canvas:e=Sp(),context:i=null,depth:r=!0,stencil:o=!1,alpha:l=!1,antialias:c=!1,premultipliedAlpha:u=!0,preserveDrawingBuffer:d=!1,powerPreference:p="default",failIfMajorPerformanceCaveat:m=!1,reversedDepthBuffer:g=!1,outputBufferType:_=Hi}=t;this.isWebGLRenderer=!0;let M;if(i!==null){if(typeof WebGLRenderingContext<"u"&&i instanceof WebGLRenderingContext)throw new Error("THREE.WebGLRenderer: WebGL 1 is not supported since r163.");M=i.getContextAttributes().alpha}else M=l;let T=_,x=new Set([Ml,xl,yl]),y=new Set([Hi,Vi,Rr,zs,_l,vl]),A=new Uint32Array(4),I=new Int32Array(4),P={textures:[],min:[],max:[],resolution:[]},N=null,D=null,b=[],C=[],X=null;this.domElement=e,this.debug={checkShaderErrors:!0,diagnostics:{keywords:!1},onShaderError:null},this.autoClear=!0,this.autoClearColor=!0,this.autoClearDepth=!0,this.autoClearStencil=!0,this.sortObjects=!0,this.clippingPlanes=[],this.localClippingEnabled=!1,this.toneMapping=Mn,this.toneMappingExposure=1,this.transmissionResolutionScale=1;let z=this,G=!1,K=null,ot=null,B=null,it=null;this._outputColorSpace=Fi;let Z=0,et=0,nt=null,J=-1,ct=null,dt=new Re,At=new Re,It=null,j=new se(0),wt=0,Dt=e.width,kt=e.height,Ct=1,Qt=null,Se=null,Vt=new Re(0,0,Dt,kt),me=new Re(0,0,Dt,kt),_e=!1,ne=new Vn,Fe=new Ya,Le=!1,oi=!1,we=new ce,Mi=new F,Be=new Re,mi={background:null,fog:null,environment:null,overrideMaterial:null,isScene:!0},bi=!1;function Si(){return nt===null?Ct:1}let H=i;function gi(w,k){return e.getContext(w,k)}let Me,Ee,Pt,Ne,Gt,Yt,R,S,Y,mt,ut,xt,Et,at,lt,bt,O,ht,st,St,_t,vt,Bt;try{let w={alpha:!0,depth:r,stencil:o,antialias:c,premultipliedAlpha:u,preserveDrawingBuffer:d,powerPreference:p,failIfMajorPerformanceCaveat:m};if("setAttribute"in e&&e.setAttribute("data-engine",`three.js r${"187"}`),e.addEventListener("webglcontextlost",zt,!1),e.addEventListener("webglcontextrestored",Wt,!1),e.addEventListener("webglcontextcreationerror",rt,!1),H===null){let k="webgl2";if(H=gi(k,w),H===null)throw gi(k)?new Error("THREE.WebGLRenderer: Error creating WebGL context with your selected attributes."):new Error("THREE.WebGLRenderer: Error creating WebGL context.")}te()}catch(w){throw e.removeEventListener("webglcontextlost",zt,!1),e.removeEventListener("webglcontextrestored",Wt,!1),e.removeEventListener("webglcontextcreationerror",rt,!1),Kt("WebGLRenderer: "+w.message),w}function te(){Me=new dM(H),Me.init(),_t=new Yb(H,Me),Ee=new eM(H,Me,t,_t),Pt=new Zb(H,Me),Ee.reversedDepthBuffer&&g&&Pt.buffers.depth.setReversed(!0),ot=H.createFramebuffer(),B=H.createFramebuffer(),it=H.createFramebuffer(),Ne=new mM(H),Gt=new Ib,Yt=new qb(H,Me,Pt,Gt,Ee,_t,Ne),R=new uM(z),S=new _v(H),vt=new Qx(H,S),Y=new fM(H,S,Ne,vt),mt=new _M(H,Y,S,vt,Ne),ht=new gM(H,Ee,Yt),lt=new iM(Gt),ut=new Lb(z,R,Me,Ee,vt,lt),xt=new Jb(z,Gt),Et=new Nb,at=new kb(Me),O=new Jx(z,R,Pt,mt,M,u),bt=new Xb(z,mt,Ee),Bt=new Qb(H,Ne,Ee,Pt),st=new tM(H,Me,Ne),St=new pM(H,Me,Ne),Ne.programs=ut.programs,z.capabilities=Ee,z.extensions=Me,z.properties=Gt,z.renderLists=Et,z.shadowMap=bt,z.state=Pt,z.info=Ne}T!==Hi&&(X=new yM(T,e.width,e.height,c,r,o));let gt=new Uu(z,H);this.xr=gt,this.getContext=function(){return H},this.getContextAttributes=function(){return H.getContextAttributes()},this.forceContextLoss=function(){let w=Me.get("WEBGL_lose_context");w&&w.loseContext()},this.forceContextRestore=function(){let w=Me.get("WEBGL_lose_context");w&&w.restoreContext()},this.getPixelRatio=function(){return Ct},this.setPixelRatio=function(w){w!==void 0&&(Ct=w,this.setSize(Dt,kt,!1))},this.getSize=function(w){return w.set(Dt,kt)},this.setSize=function(w,k,W=!0){if(gt.isPresenting){Zt("WebGLRenderer: Can't change size while VR device is presenting.");return}Dt=w,kt=k,e.width=Math.floor(w*Ct),e.height=Math.floor(k*Ct),W===!0&&(e.style.width=w+"px",e.style.height=k+"px"),X!==null&&X.setSize(e.width,e.height),this.setViewport(0,0,w,k)},this.getDrawingBufferSize=function(w){return w.set(Dt*Ct,kt*Ct).floor()},this.setDrawingBufferSize=function(w,k,W){Dt=w,kt=k,Ct=W,e.width=Math.floor(w*W),e.height=Math.floor(k*W),this.setViewport(0,0,w,k)},this.setEffects=function(w){if(T===Hi){Kt("WebGLRenderer: setEffects() requires outputBufferType set to HalfFloatType or FloatType.");return}if(w){for(let k=0;k<w.length;k++)if(w[k].isOutputPass===!0){Zt("WebGLRenderer: OutputPass is not needed in setEffects(). Tone mapping and color space conversion are applied automatically.");break}}X.setEffects(w||[])},this.getCurrentViewport=function(w){return w.copy(dt)},this.getViewport=function(w){return w.copy(Vt)},this.setViewport=function(w,k,W,V){w.isVector4?Vt.set(w.x,w.y,w.z,w.w):Vt.set(w,k,W,V),Pt.viewport(dt.copy(Vt).multiplyScalar(Si()).round())},this.getScissor=function(w){return w.copy(me)},this.setScissor=function(w,k,W,V){w.isVector4?me.set(w.x,w.y,w.z,w.w):me.set(w,k,W,V),Pt.scissor(At.copy(me).multiplyScalar(Si()).round())},this.getScissorTest=function(){return _e},this.setScissorTest=function(w){Pt.setScissorTest(_e=w)},this.setOpaqueSort=function(w){Qt=w},this.setTransparentSort=function(w){Se=w},this.getClearColor=function(w){return w.copy(O.getClearColor())},this.setClearColor=function(){O.setClearColor(...arguments)},this.getClearAlpha=function(){return O.getClearAlpha()},this.setClearAlpha=function(){O.setClearAlpha(...arguments)},this.clear=function(w=!0,k=!0,W=!0){let V=0;if(w){let q=!1;if(nt!==null){let yt=nt.texture.format;q=x.has(yt)}if(q){let yt=nt.texture.type,Nt=y.has(yt),Mt=O.getClearColor(),ft=O.getClearAlpha(),Tt=Mt.r,$t=Mt.g,ee=Mt.b;Nt?(A[0]=Tt,A[1]=$t,A[2]=ee,A[3]=ft,H.clearBufferuiv(H.COLOR,0,A)):(I[0]=Tt,I[1]=$t,I[2]=ee,I[3]=ft,H.clearBufferiv(H.COLOR,0,I))}else V|=H.COLOR_BUFFER_BIT}k&&(V|=H.DEPTH_BUFFER_BIT,this.state.buffers.depth.setMask(!0)),W&&(V|=H.STENCIL_BUFFER_BIT,this.state.buffers.stencil.setMask(4294967295)),V!==0&&H.clear(V)},this.clearColor=function(){this.clear(!0,!1,!1)},this.clearDepth=function(){this.clear(!1,!0,!1)},this.clearStencil=function(){this.clear(!1,!1,!0)},this.setNodesHandler=function(w){w.setRenderer(this),K=w},this.dispose=function(){e.removeEventListener("webglcontextlost",zt,!1),e.removeEventListener("webglcontextrestored",Wt,!1),e.removeEventListener("webglcontextcreationerror",rt,!1),O.dispose(),Et.dispose(),at.dispose(),Yt.dispose(),Gt.dispose(),R.dispose(),mt.dispose(),Y.dispose(),vt.dispose(),Bt.dispose(),ut.dispose(),gt.dispose(),gt.removeEventListener("sessionstart",An),gt.removeEventListener("sessionend",Wr),Pn.stop()};function zt(w){w.preventDefault(),vu("WebGLRenderer: Context Lost."),G=!0}function Wt(){vu("WebGLRenderer: Context Restored."),G=!1;let w=Ne.autoReset,k=bt.enabled,W=bt.autoUpdate,V=bt.needsUpdate,q=bt.type;te(),Ne.autoReset=w,bt.enabled=k,bt.autoUpdate=W,bt.needsUpdate=V,bt.type=q}function rt(w){Kt("WebGLRenderer: A WebGL context could not be created. Reason: ",w.statusMessage)}function pe(w){let k=w.target;k.removeEventListener("dispose",pe),ze(k)}function ze(w){sn(w),Gt.remove(w)}function sn(w){let k=Gt.get(w).programs;k!==void 0&&(k.forEach(function(W){ut.releaseProgram(W)}),w.isShaderMaterial&&ut.releaseShaderCache(w))}this.renderBufferDirect=function(w,k,W,V,q,yt){k===null&&(k=mi);let Nt=q.isMesh&&q.matrixWorld.determinantAffine()<0,Mt=Qc(w,k,W,V,q);Pt.setMaterial(V,Nt);let ft=W.index,Tt=1;if(V.wireframe===!0){if(ft=Y.getWireframeAttribute(W),ft===void 0)return;Tt=2}let $t=W.drawRange,ee=W.attributes.position,Rt=$t.start*Tt,re=($t.start+$t.count)*Tt;yt!==null&&(Rt=Math.max(Rt,yt.start*Tt),re=Math.min(re,(yt.start+yt.count)*Tt)),ft!==null?(Rt=Math.max(Rt,0),re=Math.min(re,ft.count)):ee!=null&&(Rt=Math.max(Rt,0),re=Math.min(re,ee.count));let Pe=re-Rt;if(Pe<0||Pe===1/0)return;vt.setup(q,V,Mt,W,ft);let de,jt=st;if(ft!==null&&(de=S.get(ft),jt=St,jt.setIndex(de)),q.isMesh)V.wireframe===!0?(Pt.setLineWidth(V.wireframeLinewidth*Si()),jt.setMode(H.LINES)):jt.setMode(H.TRIANGLES);else if(q.isLine){let Ie=V.linewidth;Ie===void 0&&(Ie=1),Pt.setLineWidth(Ie*Si()),q.isLineSegments?jt.setMode(H.LINES):q.isLineLoop?jt.setMode(H.LINE_LOOP):jt.setMode(H.LINE_STRIP)}else q.isPoints?jt.setMode(H.POINTS):q.isSprite&&jt.setMode(H.TRIANGLES);if(q.isBatchedMesh)if(Me.get("WEBGL_multi_draw"))jt.renderMultiDraw(q._multiDrawStarts,q._multiDrawCounts,q._multiDrawCount);else{let Ie=q._multiDrawStarts,Ut=q._multiDrawCounts,ke=q._multiDrawCount,ue=ft?S.get(ft).bytesPerElement:1,Ii=Gt.get(V).currentProgram.getUniforms();for(let Ge=0;Ge<ke;Ge++)Ii.setValue(H,"_gl_DrawID",Ge),jt.render(Ie[Ge]/ue,Ut[Ge])}else if(q.isInstancedMesh)jt.renderInstances(Rt,Pe,q.count);else if(W.isInstancedBufferGeometry){let Ie=W._maxInstanceCount!==void 0?W._maxInstanceCount:1/0,Ut=Math.min(W.instanceCount,Ie);jt.renderInstances(Rt,Pe,Ut)}else jt.render(Rt,Pe)};function Gr(w,k,W,V){K!==null&&w.isNodeMaterial&&K.setObject(V,w),Le===!0&&lt.setState(w,W,!1),w.transparent===!0&&w.side===Pi&&w.forceSinglePass===!1?(w.side=xi,w.needsUpdate=!0,ws(w,k,V),w.side=fs,w.needsUpdate=!0,ws(w,k,V),w.side=Pi):ws(w,k,V)}this.compile=function(w,k,W=null){W===null&&(W=w),K!==null&&K.renderStart(w,k,W),D=at.get(W),D.init(k),C.push(D),W.traverseVisible(function(q){q.isLight&&q.layers.test(k.layers)&&(D.pushLight(q),q.castShadow&&D.pushShadow(q))}),w!==W&&w.traverseVisible(function(q){q.isLight&&q.layers.test(k.layers)&&(D.pushLight(q),q.castShadow&&D.pushShadow(q))}),D.setupLights(),K!==null&&K.updateLights(D.state.lightsArray),oi=this.localClippingEnabled,Le=lt.init(this.clippingPlanes,oi),Le===!0&&lt.setGlobalState(this.clippingPlanes,k),K!==null&&bt.render(D.state.shadowsArray,W,k);let V=new Set;return w.traverse(function(q){if(!(q.isMesh||q.isPoints||q.isLine||q.isSprite))return;let yt=q.material;if(yt)if(Array.isArray(yt))for(let Nt=0;Nt<yt.length;Nt++){let Mt=yt[Nt];Gr(Mt,W,k,q),V.add(Mt)}else Gr(yt,W,k,q),V.add(yt)}),D=C.pop(),K!==null&&K.renderEnd(),V},this.compileAsync=function(w,k,W=null){let V=this.compile(w,k,W);return new Promise(q=>{function yt(){if(V.forEach(function(Nt){let ft=Gt.get(Nt).currentProgram;(ft===void 0||ft.isReady())&&V.delete(Nt)}),V.size===0){q(w);return}setTimeout(yt,10)}Me.get("KHR_parallel_shader_compile")!==null?yt():setTimeout(yt,10)})};let Ms=null;function Go(w){Ms&&Ms(w)}function An(){Pn.stop()}function Wr(){Pn.start()}let Pn=new tm;Pn.setAnimationLoop(Go),typeof self<"u"&&Pn.setContext(self),this.setAnimationLoop=function(w){Ms=w,gt.setAnimationLoop(w),w===null?Pn.stop():Pn.start()},gt.addEventListener("sessionstart",An),gt.addEventListener("sessionend",Wr),this.render=function(w,k){if(k!==void 0&&k.isCamera!==!0){Kt("WebGLRenderer.render: camera is not an instance of THREE.Camera.");return}if(G===!0)return;K!==null&&K.renderStart(w,k);let W=gt.enabled===!0&&gt.isPresenting===!0,V=X!==null&&(nt===null||W)&&X.begin(z,nt);if(w.matrixWorldAutoUpdate===!0&&w.updateMatrixWorld(),k.parent===null&&k.matrixWorldAutoUpdate===!0&&k.updateMatrixWorld(),gt.enabled===!0&&gt.isPresenting===!0&&(X===null||X.isCompositing()===!1)&&(gt.cameraAutoUpdate===!0&&gt.updateCamera(k),k=gt.getCamera()),w.isScene===!0&&w.onBeforeRender(z,w,k,nt),D=at.get(w,C.length),D.init(k),D.state.textureUnits=Yt.getTextureUnits(),C.push(D),we.multiplyMatrices(k.projectionMatrix,k.matrixWorldInverse),k.isArrayCamera?Fe.setFromArrayCamera(k):ne.setFromProjectionMatrix(we,Ki,k.reversedDepth),oi=this.localClippingEnabled,Le=lt.init(this.clippingPlanes,oi),N=Et.get(w,b.length),N.init(),b.push(N),this.info.render.frame++,gt.enabled===!0&&gt.isPresenting===!0){let Nt=z.xr.getDepthSensingMesh();Nt!==null&&Xr(Nt,k,-1/0,z.sortObjects)}Xr(w,k,0,z.sortObjects),N.finish(),K!==null&&K.updateLights(D.state.lightsArray),z.sortObjects===!0&&N.sort(Qt,Se),bi=gt.enabled===!1||gt.isPresenting===!1||gt.hasDepthSensing()===!1,bi&&O.addToRenderList(N,w),this.info.autoReset===!0&&this.info.reset(),Le===!0&&lt.beginShadows();let q=D.state.shadowsArray;if(bt.render(q,w,k),Le===!0&&lt.endShadows(),(V&&X.hasRenderPass())===!1){let Nt=N.opaque,Mt=N.transmissive;if(D.setupLights(),k.isArrayCamera){let ft=k.cameras;if(Mt.length>0)for(let Tt=0,$t=ft.length;Tt<$t;Tt++){let ee=ft[Tt];Xo(Nt,Mt,w,ee)}bi&&O.render(w);for(let Tt=0,$t=ft.length;Tt<$t;Tt++){let ee=ft[Tt];Wo(N,w,ee,ee.viewport)}}else Mt.length>0&&Xo(Nt,Mt,w,k),bi&&O.render(w),Wo(N,w,k)}nt!==null&&et===0&&(Yt.updateMultisampleRenderTarget(nt),Yt.updateRenderTargetMipmap(nt)),V&&X.end(z),w.isScene===!0&&w.onAfterRender(z,w,k),vt.resetDefaultState(),J=-1,ct=null,C.pop(),C.length>0?(D=C[C.length-1],Yt.setTextureUnits(D.state.textureUnits),Le===!0&&lt.setGlobalState(z.clippingPlanes,D.state.camera)):D=null,b.pop(),b.length>0?N=b[b.length-1]:N=null,K!==null&&K.renderEnd()};function Xr(w,k,W,V){if(w.visible===!1)return;if(w.layers.test(k.layers)){if(w.isGroup)W=w.renderOrder;else if(w.isLOD)w.autoUpdate===!0&&w.update(k);else if(w.isLight)D.pushLight(w),w.castShadow&&D.pushShadow(w);else if(w.isSprite){let Nt=k.isArrayCamera?Fe:ne;if(!w.frustumCulled||w.intersectsFrustum(Nt)){V&&Be.setFromMatrixPosition(w.matrixWorld).applyMatrix4(we);let Mt=mt.update(w),ft=w.material;ft.visible&&N.push(w,Mt,ft,W,Be.z,null,k)}}else if(w.isMesh||w.isLine||w.isPoints){let Nt=k.isArrayCamera?Fe:ne;if(!w.frustumCulled||w.intersectsFrustum(Nt)){let Mt=mt.update(w),ft=w.material;if(V&&(w.boundingSphere!==void 0?(w.boundingSphere===null&&w.computeBoundingSphere(),Be.copy(w.boundingSphere.center)):(Mt.boundingSphere===null&&Mt.computeBoundingSphere(),Be.copy(Mt.boundingSphere.center)),Be.applyMatrix4(w.matrixWorld).applyMatrix4(we)),Array.isArray(ft)){let Tt=Mt.groups;for(let $t=0,ee=Tt.length;$t<ee;$t++){let Rt=Tt[$t],re=ft[Rt.materialIndex];re&&re.visible&&N.push(w,Mt,re,W,Be.z,Rt,k)}}else ft.visible&&N.push(w,Mt,ft,W,Be.z,null,k)}}}let yt=w.children;for(let Nt=0,Mt=yt.length;Nt<Mt;Nt++)Xr(yt[Nt],k,W,V)}function Wo(w,k,W,V){let{opaque:q,transmissive:yt,transparent:Nt}=w;D.setupLightsView(W),Le===!0&&lt.setGlobalState(z.clippingPlanes,W),V&&Pt.viewport(dt.copy(V)),q.length>0&&bs(q,k,W),yt.length>0&&bs(yt,k,W),Nt.length>0&&bs(Nt,k,W),Pt.buffers.depth.setTest(!0),Pt.buffers.depth.setMask(!0),Pt.buffers.color.setMask(!0),Pt.setPolygonOffset(!1)}function Xo(w,k,W,V){if((W.isScene===!0?W.overrideMaterial:null)!==null)return;if(D.state.transmissionRenderTarget[V.id]===void 0){let Rt=Me.has("EXT_color_buffer_half_float")||Me.has("EXT_color_buffer_float");D.state.transmissionRenderTarget[V.id]=new hi(1,1,{generateMipmaps:!0,type:Rt?Gi:Hi,minFilter:ki,samples:Math.max(4,Ee.samples),stencilBuffer:o,resolveDepthBuffer:!1,resolveStencilBuffer:!1,storeMultisampledDepthBuffer:!1,storeMultisampledStencilBuffer:!1,colorSpace:ae.workingColorSpace})}let yt=D.state.transmissionRenderTarget[V.id],Nt=V.viewport||dt;yt.setSize(Nt.z*z.transmissionResolutionScale,Nt.w*z.transmissionResolutionScale);let Mt=z.getRenderTarget(),ft=z.getActiveCubeFace(),Tt=z.getActiveMipmapLevel();z.setRenderTarget(yt),z.getClearColor(j),wt=z.getClearAlpha(),wt<1&&z.setClearColor(16777215,.5),z.clear(),bi&&O.render(W);let $t=z.toneMapping;z.toneMapping=Mn;let ee=V.viewport;if(V.viewport!==void 0&&(V.viewport=void 0),D.setupLightsView(V),Le===!0&&lt.setGlobalState(z.clippingPlanes,V),bs(w,W,V),Yt.updateMultisampleRenderTarget(yt),Yt.updateRenderTargetMipmap(yt),Me.has("WEBGL_multisampled_render_to_texture")===!1){let Rt=!1;for(let re=0,Pe=k.length;re<Pe;re++){let de=k[re],{object:jt,geometry:Ie,material:Ut,group:ke}=de;if(Ut.side===Pi&&jt.layers.test(V.layers)){let ue=Ut.side;Ut.side=xi,Ut.needsUpdate=!0,Zo(jt,W,V,Ie,Ut,ke),Ut.side=ue,Ut.needsUpdate=!0,Rt=!0}}Rt===!0&&(Yt.updateMultisampleRenderTarget(yt),Yt.updateRenderTargetMipmap(yt))}z.setRenderTarget(Mt,ft,Tt),z.setClearColor(j,wt),ee!==void 0&&(V.viewport=ee),z.toneMapping=$t}function bs(w,k,W){let V=k.isScene===!0?k.overrideMaterial:null;for(let q=0,yt=w.length;q<yt;q++){let Nt=w[q],{object:Mt,geometry:ft,group:Tt}=Nt,$t=Nt.material;$t.allowOverride===!0&&V!==null&&($t=V),Mt.layers.test(W.layers)&&Zo(Mt,k,W,ft,$t,Tt)}}function Zo(w,k,W,V,q,yt){K!==null&&q.isNodeMaterial&&K.setObject(w,q),w.onBeforeRender(z,k,W,V,q,yt),w.modelViewMatrix.multiplyMatrices(W.matrixWorldInverse,w.matrixWorld),w.normalMatrix.getNormalMatrix(w.modelViewMatrix),q.onBeforeRender(z,k,W,V,w,yt),q.transparent===!0&&q.side===Pi&&q.forceSinglePass===!1?(q.side=xi,q.needsUpdate=!0,z.renderBufferDirect(W,k,V,q,w,yt),q.side=fs,q.needsUpdate=!0,z.renderBufferDirect(W,k,V,q,w,yt),q.side=Pi):z.renderBufferDirect(W,k,V,q,w,yt),w.onAfterRender(z,k,W,V,q,yt)}function Ss(w){let k=0;for(let W of w)W.texture!==null&&k++;return k}function ws(w,k,W){k.isScene!==!0&&(k=mi);let V=Gt.get(w),q=D.state.lights,yt=D.state.shadowsArray,Nt=q.state.version,Mt=ut.getParameters(w,q.state,yt,k,W,D.state.lightProbeGridArray),ft=ut.getProgramCacheKey(Mt),Tt=V.programs;V.environment=w.isMeshStandardMaterial||w.isMeshLambertMaterial||w.isMeshPhongMaterial?k.environment:null,V.fog=k.fog;let $t=w.isMeshStandardMaterial||w.isMeshLambertMaterial&&!w.envMap||w.isMeshPhongMaterial&&!w.envMap;V.envMap=R.get(w.envMap||V.environment,$t),V.envMapRotation=V.environment!==null&&w.envMap===null?k.environmentRotation:w.envMapRotation,Tt===void 0&&(w.addEventListener("dispose",pe),Tt=new Map,V.programs=Tt,V.programVariants=new Map);let ee=Tt.get(ft);if(ee!==void 0){if(V.currentProgram===ee&&V.lightsStateVersion===Nt)return Yo(w,Mt),ee}else Mt.uniforms=ut.getUniforms(w),K!==null&&w.isNodeMaterial&&K.build(w,W,Mt),w.onBeforeCompile(Mt,z),ee=ut.acquireProgram(Mt,ft),Tt.set(ft,ee),V.uniforms=Mt.uniforms;let Rt=V.uniforms;return(!w.isShaderMaterial&&!w.isRawShaderMaterial||w.clipping===!0)&&(Rt.clippingPlanes=lt.uniform),Yo(w,Mt),V.needsLights=Es(w),V.lightsStateVersion=Nt,V.needsLights&&(Rt.ambientLightColor.value=q.state.ambient,Rt.lightProbe.value=q.state.probe,Rt.sunLights.value=q.state.sun,Rt.sunLightShadows.value=q.state.sunShadow,Rt.directionalLights.value=q.state.directional,Rt.directionalLightShadows.value=q.state.directionalShadow,Rt.spotLights.value=q.state.spot,Rt.spotLightShadows.value=q.state.spotShadow,Rt.rectAreaLights.value=q.state.rectArea,Rt.ltc_1.value=q.state.rectAreaLTC1,Rt.ltc_2.value=q.state.rectAreaLTC2,Rt.pointLights.value=q.state.point,Rt.pointLightShadows.value=q.state.pointShadow,Rt.hemisphereLights.value=q.state.hemi,Rt.sunShadowMatrix.value=q.state.sunShadowMatrix,Rt.sunShadowCascade.value=q.state.sunShadowCascade,Rt.directionalShadowMatrix.value=q.state.directionalShadowMatrix,Rt.spotLightMatrix.value=q.state.spotLightMatrix,Rt.spotLightMap.value=q.state.spotLightMap,Rt.pointShadowMatrix.value=q.state.pointShadowMatrix),V.numLightProbeGrids=Ss(D.state.lightProbeGridArray),V.currentProgram=ee,V.uniformsList=null,ee}function Jc(w,k,W,V,q){let yt=Gt.get(w),Nt=yt.currentProgram.id+","+V+","+q,Mt=yt.programVariants.get(Nt);return Mt===void 0?(Mt=ws(w,k,W),yt.programVariants.set(Nt,Mt)):(yt.currentProgram=Mt,yt.uniformsList=null,yt.outputColorSpace=V,yt.toneMapping=q),Mt}function qo(w){if(w.uniformsList===null){let k=w.currentProgram.getUniforms();w.uniformsList=Ir.seqWithValue(k.seq,w.uniforms)}return w.uniformsList}function Yo(w,k){let W=Gt.get(w);W.outputColorSpace=k.outputColorSpace,W.batching=k.batching,W.batchingColor=k.batchingColor,W.instancing=k.instancing,W.instancingColor=k.instancingColor,W.instancingMorph=k.instancingMorph,W.skinning=k.skinning,W.morphTargets=k.morphTargets,W.morphNormals=k.morphNormals,W.morphColors=k.morphColors,W.morphTargetsCount=k.morphTargetsCount,W.numClippingPlanes=k.numClippingPlanes,W.numIntersection=k.numClipIntersection,W.vertexAlphas=k.vertexAlphas,W.vertexTangents=k.vertexTangents,W.toneMapping=k.toneMapping}function Qc(w,k,W,V,q){k.isScene!==!0&&(k=mi),Yt.resetTextureUnits();let yt=k.fog,Nt=V.isMeshStandardMaterial||V.isMeshLambertMaterial||V.isMeshPhongMaterial?k.environment:null,Mt=nt===null?z.outputColorSpace:nt.isXRRenderTarget===!0?nt.texture.colorSpace:ae.workingColorSpace,ft=V.isMeshStandardMaterial||V.isMeshLambertMaterial&&!V.envMap||V.isMeshPhongMaterial&&!V.envMap,Tt=R.get(V.envMap||Nt,ft),$t=V.vertexColors===!0&&!!W.attributes.color&&W.attributes.color.itemSize===4,ee=!!W.attributes.tangent&&(!!V.normalMap||V.anisotropy>0),Rt=!!W.morphAttributes.position,re=!!W.morphAttributes.normal,Pe=!!W.morphAttributes.color,de=Mn;V.toneMapped&&(nt===null||nt.isXRRenderTarget===!0)&&(de=z.toneMapping);let jt=W.morphAttributes.position||W.morphAttributes.normal||W.morphAttributes.color,Ie=jt!==void 0?jt.length:0,Ut=Gt.get(V),ke=D.state.lights;if(Le===!0&&(oi===!0||w!==ct)){let be=w===ct&&V.id===J;lt.setState(V,w,be)}let ue=!1,Ii=!1;V.version===Ut.__version?Ut.needsLights&&Ut.lightsStateVersion!==ke.state.version||q.isBatchedMesh&&Ut.batching===!1||!q.isBatchedMesh&&Ut.batching===!0||q.isBatchedMesh&&Ut.batchingColor===!0&&q._colorsTexture===null||q.isBatchedMesh&&Ut.batchingColor===!1&&q._colorsTexture!==null||q.isInstancedMesh&&Ut.instancing===!1||!q.isInstancedMesh&&Ut.instancing===!0||q.isSkinnedMesh&&Ut.skinning===!1||!q.isSkinnedMesh&&Ut.skinning===!0||q.isInstancedMesh&&Ut.instancingColor===!0&&q.instanceColor===null||q.isInstancedMesh&&Ut.instancingColor===!1&&q.instanceColor!==null||q.isInstancedMesh&&Ut.instancingMorph===!0&&q.morphTexture===null||q.isInstancedMesh&&Ut.instancingMorph===!1&&q.morphTexture!==null||Ut.envMap!==Tt||V.fog===!0&&Ut.fog!==yt||Ut.numClippingPlanes!==void 0&&(Ut.numClippingPlanes!==lt.numPlanes||Ut.numIntersection!==lt.numIntersection)||Ut.vertexAlphas!==$t||Ut.vertexTangents!==ee||Ut.morphTargets!==Rt||Ut.morphNormals!==re||Ut.morphColors!==Pe||Ut.morphTargetsCount!==Ie||Ut.numLightProbeGrids!==Ss(D.state.lightProbeGridArray)?ue=!0:(Ut.outputColorSpace!==Mt||Ut.toneMapping!==de)&&(Ii=!0):(ue=!0,Ut.__version=V.version);let Ge=Ut.currentProgram;(ue===!0||Ii===!0)&&(Ge=Ii===!0?Jc(V,k,q,Mt,de):ws(V,k,q),K&&V.isNodeMaterial&&K.onUpdateProgram(V,Ge,Ut));let Kn=!1,Di=!1,rn=!1,he=Ge.getUniforms(),Oe=Ut.uniforms;if(Pt.useProgram(Ge.program)&&(Kn=!0,Di=!0,rn=!0),V.id!==J&&(J=V.id,Di=!0),Kn||ct!==w){Pt.buffers.depth.getReversed()&&w.reversedDepth!==!0&&(w._reversedDepth=!0,w.updateProjectionMatrix()),he.setValue(H,"projectionMatrix",w.projectionMatrix),he.setValue(H,"viewMatrix",w.matrixWorldInverse);let We=he.map.cameraPosition;We!==void 0&&We.setValue(H,Mi.setFromMatrixPosition(w.matrixWorld)),Ee.logarithmicDepthBuffer&&he.setValue(H,"logDepthBufFC",2/(Math.log(w.far+1)/Math.LN2)),(V.isMeshPhongMaterial||V.isMeshToonMaterial||V.isMeshLambertMaterial||V.isMeshBasicMaterial||V.isMeshStandardMaterial||V.isShaderMaterial)&&he.setValue(H,"isOrthographic",w.isOrthographicCamera===!0),ct!==w&&(ct=w,Di=!0,rn=!0)}if(Ut.needsLights&&(ke.state.sunShadowMap.length>0&&he.setValue(H,"sunShadowMap",ke.state.sunShadowMap,Yt),ke.state.directionalShadowMap.length>0&&he.setValue(H,"directionalShadowMap",ke.state.directionalShadowMap,Yt),ke.state.spotShadowMap.length>0&&he.setValue(H,"spotShadowMap",ke.state.spotShadowMap,Yt),ke.state.pointShadowMap.length>0&&he.setValue(H,"pointShadowMap",ke.state.pointShadowMap,Yt)),q.isSkinnedMesh){he.setOptional(H,q,"bindMatrix"),he.setOptional(H,q,"bindMatrixInverse");let be=q.skeleton;be&&(be.boneTexture===null&&be.computeBoneTexture(),he.setValue(H,"boneTexture",be.boneTexture,Yt))}q.isBatchedMesh&&(he.setOptional(H,q,"batchingTexture"),he.setValue(H,"batchingTexture",q._matricesTexture,Yt),he.setOptional(H,q,"batchingIdTexture"),he.setValue(H,"batchingIdTexture",q._indirectTexture,Yt),he.setOptional(H,q,"batchingColorTexture"),q._colorsTexture!==null&&he.setValue(H,"batchingColorTexture",q._colorsTexture,Yt));let wi=W.morphAttributes;if((wi.position!==void 0||wi.normal!==void 0||wi.color!==void 0)&&ht.update(q,W,Ge),(Di||Ut.receiveShadow!==q.receiveShadow)&&(Ut.receiveShadow=q.receiveShadow,he.setValue(H,"receiveShadow",q.receiveShadow)),(V.isMeshStandardMaterial||V.isMeshLambertMaterial||V.isMeshPhongMaterial)&&V.envMap===null&&k.environment!==null&&(Oe.envMapIntensity.value=k.environmentIntensity),Oe.dfgLUT!==void 0&&(Oe.dfgLUT.value=eS()),Di){if(he.setValue(H,"toneMappingExposure",z.toneMappingExposure),Ut.needsLights&&Zr(Oe,rn),yt&&V.fog===!0&&xt.refreshFogUniforms(Oe,yt),xt.refreshMaterialUniforms(Oe,V,Ct,kt,D.state.transmissionRenderTarget[w.id]),Ut.needsLights&&Ut.numLightProbeGrids>0){let be=P,We=0;for(let Xt of D.state.lightProbeGridArray)Xt.texture!==null&&(be.textures[We]=Xt.texture,be.min[We]=Xt.boundingBox.min,be.max[We]=Xt.boundingBox.max,be.resolution[We]=Xt.resolution,We++);for(let Xt in be)be[Xt].length=We;Oe.probesSH.value=be.textures,Oe.probesMin.value=be.min,Oe.probesMax.value=be.max,Oe.probesResolution.value=be.resolution}Ir.upload(H,qo(Ut),Oe,Yt)}if(V.isShaderMaterial&&V.uniformsNeedUpdate===!0&&(Ir.upload(H,qo(Ut),Oe,Yt),V.uniformsNeedUpdate=!1),V.isSpriteMaterial&&he.setValue(H,"center",q.center),he.setValue(H,"modelViewMatrix",q.modelViewMatrix),he.setValue(H,"normalMatrix",q.normalMatrix),he.setValue(H,"modelMatrix",q.matrixWorld),V.uniformsGroups!==void 0){let be=V.uniformsGroups;for(let We=0,Xt=be.length;We<Xt;We++){let Ni=be[We];Bt.update(Ni,Ge),Bt.bind(Ni,Ge)}}return Ge}function Zr(w,k){w.ambientLightColor.needsUpdate=k,w.lightProbe.needsUpdate=k,w.sunLights.needsUpdate=k,w.sunLightShadows.needsUpdate=k,w.directionalLights.needsUpdate=k,w.directionalLightShadows.needsUpdate=k,w.pointLights.needsUpdate=k,w.pointLightShadows.needsUpdate=k,w.spotLights.needsUpdate=k,w.spotLightShadows.needsUpdate=k,w.rectAreaLights.needsUpdate=k,w.hemisphereLights.needsUpdate=k}function Es(w){return w.isMeshLambertMaterial||w.isMeshToonMaterial||w.isMeshPhongMaterial||w.isMeshStandardMaterial||w.isShadowMaterial||w.isShaderMaterial&&w.lights===!0}this.getActiveCubeFace=function(){return Z},this.getActiveMipmapLevel=function(){return et},this.getRenderTarget=function(){return nt},this.setRenderTargetTextures=function(w,k,W){let V=Gt.get(w);V.__autoAllocateDepthBuffer=w.resolveDepthBuffer===!1,V.__autoAllocateDepthBuffer===!1&&(V.__useRenderToTexture=!1),Gt.get(w.texture).__webglTexture=k,Gt.get(w.depthTexture).__webglTexture=V.__autoAllocateDepthBuffer?void 0:W,V.__hasExternalTextures=!0},this.setRenderTargetFramebuffer=function(w,k){let W=Gt.get(w);W.__webglFramebuffer=k,W.__useDefaultFramebuffer=k===void 0},this.setRenderTarget=function(w,k=0,W=0){nt=w,Z=k,et=W;let V=null,q=!1,yt=!1;if(w){let Mt=Gt.get(w);if(Mt.__useDefaultFramebuffer!==void 0){Pt.bindFramebuffer(H.FRAMEBUFFER,Mt.__webglFramebuffer),dt.copy(w.viewport),At.copy(w.scissor),It=w.scissorTest,Pt.viewport(dt),Pt.scissor(At),Pt.setScissorTest(It),J=-1;return}else if(Mt.__webglFramebuffer===void 0)Yt.setupRenderTarget(w);else if(Mt.__hasExternalTextures)Yt.rebindTextures(w,Gt.get(w.texture).__webglTexture,Gt.get(w.depthTexture).__webglTexture);else if(w.depthBuffer){let $t=w.depthTexture;if(Mt.__boundDepthTexture!==$t){if($t!==null&&Gt.has($t)&&(w.width!==$t.image.width||w.height!==$t.image.height))throw new Error("THREE.WebGLRenderer: Attached DepthTexture is initialized to the incorrect size.");Yt.setupDepthRenderbuffer(w)}}let ft=w.texture;(ft.isData3DTexture||ft.isDataArrayTexture||ft.isCompressedArrayTexture)&&(yt=!0);let Tt=Gt.get(w).__webglFramebuffer;w.isWebGLCubeRenderTarget?(Array.isArray(Tt[k])?V=Tt[k][W]:V=Tt[k],q=!0):w.samples>0&&Yt.useMultisampledRTT(w)===!1?V=Gt.get(w).__webglMultisampledFramebuffer:Array.isArray(Tt)?V=Tt[W]:V=Tt,dt.copy(w.viewport),At.copy(w.scissor),It=w.scissorTest}else dt.copy(Vt).multiplyScalar(Ct).floor(),At.copy(me).multiplyScalar(Ct).floor(),It=_e;if(W!==0&&(V=ot),Pt.bindFramebuffer(H.FRAMEBUFFER,V)&&Pt.drawBuffers(w,V),Pt.viewport(dt),Pt.scissor(At),Pt.setScissorTest(It),q){let Mt=Gt.get(w.texture);H.framebufferTexture2D(H.FRAMEBUFFER,H.COLOR_ATTACHMENT0,H.TEXTURE_CUBE_MAP_POSITIVE_X+k,Mt.__webglTexture,W)}else if(yt){let Mt=k;for(let ft=0;ft<w.textures.length;ft++){let Tt=Gt.get(w.textures[ft]);H.framebufferTextureLayer(H.FRAMEBUFFER,H.COLOR_ATTACHMENT0+ft,Tt.__webglTexture,W,Mt)}}else if(w!==null&&W!==0){let Mt=Gt.get(w.texture);H.framebufferTexture2D(H.FRAMEBUFFER,H.COLOR_ATTACHMENT0,H.TEXTURE_2D,Mt.__webglTexture,W)}J=-1};function qr(w){let k=Gt.get(w);return(k.__readFormat!==w.format||k.__readType!==w.type)&&(k.__readFormat=w.format,k.__readType=w.type,k.__formatReadable=Ee.textureFormatReadable(w.format),k.__typeReadable=Ee.textureTypeReadable(w.type)),k}this.readRenderTargetPixels=function(w,k,W,V,q,yt,Nt,Mt=0){if(!(w&&w.isWebGLRenderTarget)){Kt("WebGLRenderer.readRenderTargetPixels: renderTarget is not THREE.WebGLRenderTarget.");return}let ft=Gt.get(w).__webglFramebuffer;if(w.isWebGLCubeRenderTarget&&Nt!==void 0&&(ft=ft[Nt],Array.isArray(ft)&&(ft=ft[0])),ft){Pt.bindFramebuffer(H.FRAMEBUFFER,ft);try{let Tt=w.textures[Mt],$t=Tt.format,ee=Tt.type;w.textures.length>1&&H.readBuffer(H.COLOR_ATTACHMENT0+Mt);let Rt=qr(Tt);if(Rt.__formatReadable===!1){Kt("WebGLRenderer.readRenderTargetPixels: renderTarget is not in RGBA or implementation defined format.");return}if(Rt.__typeReadable===!1){Kt("WebGLRenderer.readRenderTargetPixels: renderTarget is not in UnsignedByteType or implementation defined type.");return}k>=0&&k<=w.width-V&&W>=0&&W<=w.height-q&&H.readPixels(k,W,V,q,_t.convert($t),_t.convert(ee),yt)}finally{let Tt=nt!==null?Gt.get(nt).__webglFramebuffer:null;Pt.bindFramebuffer(H.FRAMEBUFFER,Tt)}}},this.readRenderTargetPixelsAsync=async function(w,k,W,V,q,yt,Nt,Mt=0){if(!(w&&w.isWebGLRenderTarget))throw new Error("THREE.WebGLRenderer.readRenderTargetPixels: renderTarget is not THREE.WebGLRenderTarget.");let ft=Gt.get(w).__webglFramebuffer;if(w.isWebGLCubeRenderTarget&&Nt!==void 0&&(ft=ft[Nt],Array.isArray(ft)&&(ft=ft[0])),ft)if(k>=0&&k<=w.width-V&&W>=0&&W<=w.height-q){Pt.bindFramebuffer(H.FRAMEBUFFER,ft);let Tt=w.textures[Mt],$t=Tt.format,ee=Tt.type;w.textures.length>1&&H.readBuffer(H.COLOR_ATTACHMENT0+Mt);let Rt=qr(Tt);if(Rt.__formatReadable===!1)throw new Error("THREE.WebGLRenderer.readRenderTargetPixelsAsync: renderTarget is not in RGBA or implementation defined format.");if(Rt.__typeReadable===!1)throw new Error("THREE.WebGLRenderer.readRenderTargetPixelsAsync: renderTarget is not in UnsignedByteType or implementation defined type.");let re=H.createBuffer();H.bindBuffer(H.PIXEL_PACK_BUFFER,re),H.bufferData(H.PIXEL_PACK_BUFFER,yt.byteLength,H.STREAM_READ),H.readPixels(k,W,V,q,_t.convert($t),_t.convert(ee),0),H.bindBuffer(H.PIXEL_PACK_BUFFER,null);let Pe=nt!==null?Gt.get(nt).__webglFramebuffer:null;Pt.bindFramebuffer(H.FRAMEBUFFER,Pe);let de=H.fenceSync(H.SYNC_GPU_COMMANDS_COMPLETE,0);return H.flush(),await Ep(H,de,4),H.bindBuffer(H.PIXEL_PACK_BUFFER,re),H.getBufferSubData(H.PIXEL_PACK_BUFFER,0,yt),H.bindBuffer(H.PIXEL_PACK_BUFFER,null),H.deleteBuffer(re),H.deleteSync(de),yt}else throw new Error("THREE.WebGLRenderer.readRenderTargetPixelsAsync: requested read bounds are out of range.")},this.copyFramebufferToTexture=function(w,k=null,W=0){let V=Math.pow(2,-W),q=Math.floor(w.image.width*V),yt=Math.floor(w.image.height*V),Nt=k!==null?k.x:0,Mt=k!==null?k.y:0;Yt.setTexture2D(w,0),H.copyTexSubImage2D(H.TEXTURE_2D,W,0,0,Nt,Mt,q,yt),Pt.unbindTexture()},this.copyTextureToTexture=function(w,k,W=null,V=null,q=0,yt=0){let Nt,Mt,ft,Tt,$t,ee,Rt,re,Pe,de=w.isCompressedTexture?w.mipmaps[yt]:w.image;if(W!==null)Nt=W.max.x-W.min.x,Mt=W.max.y-W.min.y,ft=W.isBox3?W.max.z-W.min.z:1,Tt=W.min.x,$t=W.min.y,ee=W.isBox3?W.min.z:0;else{let he=Math.pow(2,-q);Nt=Math.floor(de.width*he),Mt=Math.floor(de.height*he),w.isDataArrayTexture?ft=de.depth:w.isData3DTexture?ft=Math.floor(de.depth*he):ft=1,Tt=0,$t=0,ee=0}V!==null?(Rt=V.x,re=V.y,Pe=V.z):(Rt=0,re=0,Pe=0);let jt=_t.convert(k.format),Ie=_t.convert(k.type),Ut;k.isData3DTexture?(Yt.setTexture3D(k,0),Ut=H.TEXTURE_3D):k.isDataArrayTexture||k.isCompressedArrayTexture?(Yt.setTexture2DArray(k,0),Ut=H.TEXTURE_2D_ARRAY):(Yt.setTexture2D(k,0),Ut=H.TEXTURE_2D),Pt.activeTexture(H.TEXTURE0),Pt.pixelStorei(H.UNPACK_FLIP_Y_WEBGL,k.flipY),Pt.pixelStorei(H.UNPACK_PREMULTIPLY_ALPHA_WEBGL,k.premultiplyAlpha),Pt.pixelStorei(H.UNPACK_ALIGNMENT,k.unpackAlignment);let ke=Pt.getParameter(H.UNPACK_ROW_LENGTH),ue=Pt.getParameter(H.UNPACK_IMAGE_HEIGHT),Ii=Pt.getParameter(H.UNPACK_SKIP_PIXELS),Ge=Pt.getParameter(H.UNPACK_SKIP_ROWS),Kn=Pt.getParameter(H.UNPACK_SKIP_IMAGES);Pt.pixelStorei(H.UNPACK_ROW_LENGTH,de.width),Pt.pixelStorei(H.UNPACK_IMAGE_HEIGHT,de.height),Pt.pixelStorei(H.UNPACK_SKIP_PIXELS,Tt),Pt.pixelStorei(H.UNPACK_SKIP_ROWS,$t),Pt.pixelStorei(H.UNPACK_SKIP_IMAGES,ee);let Di=w.isDataArrayTexture||w.isData3DTexture,rn=k.isDataArrayTexture||k.isData3DTexture;if(w.isDepthTexture){let he=Gt.get(w),Oe=Gt.get(k),wi=Gt.get(he.__renderTarget),be=Gt.get(Oe.__renderTarget);Pt.bindFramebuffer(H.READ_FRAMEBUFFER,wi.__webglFramebuffer),Pt.bindFramebuffer(H.DRAW_FRAMEBUFFER,be.__webglFramebuffer);for(let We=0;We<ft;We++)Di&&(H.framebufferTextureLayer(H.READ_FRAMEBUFFER,H.COLOR_ATTACHMENT0,Gt.get(w).__webglTexture,q,ee+We),H.framebufferTextureLayer(H.DRAW_FRAMEBUFFER,H.COLOR_ATTACHMENT0,Gt.get(k).__webglTexture,yt,Pe+We)),H.blitFramebuffer(Tt,$t,Tt+Nt,$t+Mt,Rt,re,Rt+Nt,re+Mt,H.DEPTH_BUFFER_BIT,H.NEAREST);Pt.bindFramebuffer(H.READ_FRAMEBUFFER,null),Pt.bindFramebuffer(H.DRAW_FRAMEBUFFER,null)}else if(q!==0||w.isRenderTargetTexture||Gt.has(w)){let he=Gt.get(w),Oe=Gt.get(k);Pt.bindFramebuffer(H.READ_FRAMEBUFFER,B),Pt.bindFramebuffer(H.DRAW_FRAMEBUFFER,it);for(let wi=0;wi<ft;wi++)Di?H.framebufferTextureLayer(H.READ_FRAMEBUFFER,H.COLOR_ATTACHMENT0,he.__webglTexture,q,ee+wi):H.framebufferTexture2D(H.READ_FRAMEBUFFER,H.COLOR_ATTACHMENT0,H.TEXTURE_2D,he.__webglTexture,q),rn?H.framebufferTextureLayer(H.DRAW_FRAMEBUFFER,H.COLOR_ATTACHMENT0,Oe.__webglTexture,yt,Pe+wi):H.framebufferTexture2D(H.DRAW_FRAMEBUFFER,H.COLOR_ATTACHMENT0,H.TEXTURE_2D,Oe.__webglTexture,yt),q!==0?H.blitFramebuffer(Tt,$t,Tt+Nt,$t+Mt,Rt,re,Rt+Nt,re+Mt,H.COLOR_BUFFER_BIT,H.NEAREST):rn?H.copyTexSubImage3D(Ut,yt,Rt,re,Pe+wi,Tt,$t,Nt,Mt):H.copyTexSubImage2D(Ut,yt,Rt,re,Tt,$t,Nt,Mt);Pt.bindFramebuffer(H.READ_FRAMEBUFFER,null),Pt.bindFramebuffer(H.DRAW_FRAMEBUFFER,null)}else rn?w.isDataTexture||w.isData3DTexture?H.texSubImage3D(Ut,yt,Rt,re,Pe,Nt,Mt,ft,jt,Ie,de.data):k.isCompressedArrayTexture?H.compressedTexSubImage3D(Ut,yt,Rt,re,Pe,Nt,Mt,ft,jt,de.data):H.texSubImage3D(Ut,yt,Rt,re,Pe,Nt,Mt,ft,jt,Ie,de):w.isDataTexture?H.texSubImage2D(H.TEXTURE_2D,yt,Rt,re,Nt,Mt,jt,Ie,de.data):w.isCompressedTexture?H.compressedTexSubImage2D(H.TEXTURE_2D,yt,Rt,re,de.width,de.height,jt,de.data):H.texSubImage2D(H.TEXTURE_2D,yt,Rt,re,Nt,Mt,jt,Ie,de);Pt.pixelStorei(H.UNPACK_ROW_LENGTH,ke),Pt.pixelStorei(H.UNPACK_IMAGE_HEIGHT,ue),Pt.pixelStorei(H.UNPACK_SKIP_PIXELS,Ii),Pt.pixelStorei(H.UNPACK_SKIP_ROWS,Ge),Pt.pixelStorei(H.UNPACK_SKIP_IMAGES,Kn),yt===0&&k.generateMipmaps===!0&&k.mipmapsAutoUpdate===!0&&H.generateMipmap(Ut),Pt.unbindTexture()},this.initRenderTarget=function(w){Gt.get(w).__webglFramebuffer===void 0&&Yt.setupRenderTarget(w)},this.initTexture=function(w){w.isCubeTexture?Yt.setTextureCube(w,0):w.isData3DTexture?Yt.setTexture3D(w,0):w.isDataArrayTexture||w.isCompressedArrayTexture?Yt.setTexture2DArray(w,0):Yt.setTexture2D(w,0),Pt.unbindTexture()},this.resetState=function(){Z=0,et=0,nt=null,Pt.reset(),vt.reset()},typeof __THREE_DEVTOOLS__<"u"&&__THREE_DEVTOOLS__.dispatchEvent(new CustomEvent("observe",{detail:this}))}get coordinateSystem(){return Ki}get outputColorSpace(){return this._outputColorSpace}set outputColorSpace(t){this._outputColorSpace=t;let e=this.getContext();e.drawingBufferColorSpace=ae._getDrawingBufferColorSpace(t),e.unpackColorSpace=ae._getUnpackColorSpace()}};var Q=n=>document.getElementById(n);function Ft(n,t={},...e){let i=document.createElement(n);for(let[r,o]of Object.entries(t))r.startsWith("aria-")||r==="role"?i.setAttribute(r,o):r==="style"?i.style.cssText=o:i[r]=o;return i.append(...e),i}var iS=[["west","east"],["south","north"],["low","high"]],um=.5,sc=class extends EventTarget{constructor(t){super(),this.scene=t,this.on=!1,this.whole=new ri,this.box=new ri,this.frame=new Mo(this.box,"#ffd400"),this.frame.visible=!1,t.things.add(this.frame),this.sliders=iS.map(e=>e.map((i,r)=>{let o=Ft("input",{type:"range",min:"0",max:"1",step:"0.005",value:String(r),"aria-label":`${i} side of the clip box`});return o.addEventListener("input",()=>this.changed()),Q("clipsides").append(Ft("label",{},i,o)),o})),Q("clipon").addEventListener("change",()=>this.turn(Q("clipon").checked)),Q("clipmeasured").addEventListener("click",()=>this.around(t.measure.points)),Q("clipsave").addEventListener("click",()=>this.save())}turn(t){this.on=Q("clipon").checked=t;let e=this.scene.cloud.drawable.flatMap(i=>i.corners);this.whole.setFromPoints(e).expandByScalar(um),this.changed()}around(t){if(!t.length)return;this.turn(!0);let e=new ri().setFromPoints(t).expandByScalar(um),i=this.whole.getSize(new F);this.sliders.forEach(([r,o],l)=>{let c=u=>String((u-this.whole.min.getComponent(l))/i.getComponent(l));r.value=c(e.min.getComponent(l)),o.value=c(e.max.getComponent(l))}),this.changed()}changed(){let{min:t,max:e}=this.whole;this.sliders.forEach((r,o)=>{let[l,c]=r.map(d=>Number(d.value)).sort((d,p)=>d-p),u=d=>t.getComponent(o)+d*(e.getComponent(o)-t.getComponent(o));this.box.min.setComponent(o,u(l)),this.box.max.setComponent(o,u(c))});let{uniforms:i}=this.scene.cloud.material;i.clipLow.value.copy(this.on?this.box.min:new F(-1e9,-1e9,-1e9)),i.clipHigh.value.copy(this.on?this.box.max:new F(1e9,1e9,1e9)),this.frame.visible=this.on,this.scene.redraw()}save(){let t=[];this.scene.cloud.each(d=>t.push(d));let{alone:e,site:{lat:i,lon:r,height:o}}=this.scene,c=["ply","format binary_little_endian 1.0",`comment ${e?`metres right, ahead, up of the camera of ${e.id}, by its own depth`:`metres east, north, up about ${i} ${r} ${o} (WGS84)`}`,`element vertex ${t.length}`,...["x","y","z"].map(d=>`property float ${d}`),...["red","green","blue"].map(d=>`property uchar ${d}`),`end_header
`].join(`
`),u=new DataView(new ArrayBuffer(15*t.length));t.forEach(({x:d,y:p,z:m,colour:g},_)=>{[d,p,m].forEach((M,T)=>u.setFloat32(15*_+4*T,M,!0)),g.forEach((M,T)=>u.setUint8(15*_+12+T,M))}),Fo("points.ply",new Blob([c,u],{type:"application/octet-stream"})),Q("clipsaved").textContent=`${t.length.toLocaleString("en")} points as they are drawn; \`worldmap export\` has all of an area.`}};function Fo(n,t){let e=URL.createObjectURL(t);Ft("a",{href:e,download:n}).click(),setTimeout(()=>URL.revokeObjectURL(e),6e4)}var fm=["#440154","#482475","#414487","#355f8d","#2a788e","#21918c","#22a884","#44bf70","#7ad151","#bddf26","#fde725"],pm=n=>[1,3,5].map(t=>parseInt(n.slice(t,t+2),16));function mm(){let n=fm.map(pm),t=new Uint8Array(256*4);for(let e=0;e<256;e++){let i=e/255*(n.length-1),r=Math.min(Math.floor(i),n.length-2);for(let o=0;o<3;o++)t[4*e+o]=n[r][o]+(i-r)*(n[r+1][o]-n[r][o]);t[4*e+3]=255}return t}var gm=`linear-gradient(to right, ${fm.join(", ")})`,Hs={0:["never classified","#999999"],1:["not ground","#56b4e9"],2:["ground","#b5803a"],3:["low vegetation","#7fc97f"],4:["vegetation","#009e73"],5:["high vegetation","#006d50"],6:["building","#d55e00"],7:["noise","#cc79a7"],9:["water","#0072b2"]},dm=["#56b4e9","#e69f00","#009e73","#f0e442","#0072b2","#d55e00","#cc79a7","#bbbbbb","#8dd3c7","#fb9a99","#b2df8a","#cab2d6"];function _m(){return ym(n=>(Hs[n]??Hs[0])[1])}function vm(){return ym(n=>dm[n%dm.length])}function ym(n){let t=new Uint8Array(1024);for(let e=0;e<256;e++)t.set([...pm(n(e)),255],4*e);return t}var Wi={placed:{word:"placed",colour:"#1f8fd6"},doubtful:{word:"doubtful",colour:"#cc79a7"},unplaced:{word:"unplaced",colour:"#e69f00"},ingested:{word:"waiting for a merge",colour:"#8a949b"},failed:{word:"failed",colour:"#d55e00"}};var rc=Math.PI/180;function nS(n,t,e){let[i,r,o]=[n*rc,t*rc,e*rc],l=[Math.sin(i)*Math.cos(r),Math.cos(i)*Math.cos(r),Math.sin(r)],c=[Math.cos(i),-Math.sin(i),0],u=(g,_)=>[g[1]*_[2]-g[2]*_[1],g[2]*_[0]-g[0]*_[2],g[0]*_[1]-g[1]*_[0]],d=u(l,c),p=c.map((g,_)=>Math.cos(o)*g+Math.sin(o)*d[_]),m=u(l,p);return[0,1,2].map(g=>[p[g],m[g],l[g]])}function xm(n,[t,e,i],r){let o=n?.enu_from_cam;if(!o||!n.sigma_m||!n.rotation_sigma_deg)return null;let l=[t-o[3],e-o[7],i-o[11]],[c,u,d]=[0,1,2].map(_=>o[_]*l[0]+o[_+4]*l[1]+o[_+8]*l[2]),p=n.pairs?r/Math.max(d,.2):n.scale_sigma_rel,m=n.rotation_sigma_deg.map(_=>_*rc),g=[[0,-d,u],[d,0,-c],[-u,c,0]];return nS(n.heading_deg,n.pitch_deg,n.roll_deg).map((_,M)=>{let T=y=>_[0]*y[0]+_[1]*y[1]+_[2]*y[2],x=n.sigma_m[M]**2+(p*T([c,u,d]))**2;for(let y=0;y<3;y++)x+=(m[y]*T(g[y]))**2;return Math.sqrt(x)})}var Vs=(()=>{let n=document.getElementById("bundle");return n?JSON.parse(n.textContent):null})(),Bu=JSON.parse(document.getElementById("settings").textContent);var Fu=new Map;function Mm(n){if(!(n in Vs))throw new Error(`${n} is not in this file`);return Fu.has(n)||Fu.set(n,Uint8Array.from(atob(Vs[n]),t=>t.charCodeAt(0))),Fu.get(n)}var Nr=class extends Error{};async function bm(n,t){let e;try{e=await fetch(n,t)}catch{throw new Nr("no answer: is `worldmap view` still running?")}if(e.status===416)throw new Error("its file ends too early");if(!e.ok){let i=e.headers.get("content-type")?.startsWith("text/plain");throw new Nr(i?await e.text():`${e.status} ${e.statusText}`)}return e}async function Ji(n){return Vs?Mm(n):new Uint8Array(await(await bm(n)).arrayBuffer())}async function oc(n){return JSON.parse(new TextDecoder().decode(await Ji(n)))}function Sm(n,t){return Vs?async(e,i)=>Mm(n).slice(e,i):async(e,i)=>{let r={Range:`bytes=${e}-${i-1}`},o=await bm(`${n}?v=${t}`,{headers:r}),l=new Uint8Array(await o.arrayBuffer());return o.status===206?l:l.slice(e,i)}}function Xi(n){let t={png:"png",webp:"webp"}[n.split(".").pop()]??"jpeg";return Vs?`data:image/${t};base64,${Vs[n]??""}`:n}function wm(n){if(!Vs)return new Worker(n);let t=document.getElementById("worker").textContent;return new Worker(URL.createObjectURL(new Blob([t],{type:"text/javascript"})))}function ac(n,t,e=null){let i=Ft("button",{className:"close","aria-label":"Close"},"\xD7");i.addEventListener("click",jn);let r=Ft("dl");for(let[o,l]of t)r.append(Ft("dt",{},o),Ft("dd",{},l));Q("info").replaceChildren(i,Ft("h2",{},n),...e?[e]:[],r),Q("info").hidden=!1}function jn(){Q("info").hidden=!0}var $n=n=>n==null?"?":n.toFixed(2),Em=([n,t,e])=>`${$n(n)} m east, ${$n(t)} m north, ${$n(e)} m up`,Tm=(n,t)=>{let{lat:e,lon:i,height:r}=n.geodeticFromEnu(t);return[["latitude",`${e.toFixed(7)}\xB0`],["longitude",`${i.toFixed(7)}\xB0`],["height",`${r.toFixed(2)} m (ellipsoid)`]]};function Am(n,t){ac("Surface",Tm(t,n.position.toArray()))}async function Pm(n,t,e,i,r){let o=n.position.toArray(),l=xm(t,o,n.sigma);ac("Point",[...Tm(e,o),["\xB1 on the globe",l?Em(l):"not known"],["\xB1 within the area",`${$n(n.sigma)} m`],["support",`${n.support} ${n.support===1?"photo":"photos"}`],["class",Hs[n.class]?.[0]??String(n.class)]]);let c=Q("info"),u=Ft("p",{className:"quiet",style:"margin:7px 0 0"},"seen by \u2026");c.append(u);let d=c.querySelector("dl"),p;try{p=await i}catch(g){u.textContent=`which photos saw it cannot be told: ${g.message}`;return}if(!d.isConnected)return;u.textContent=p.length?`seen by ${p.length} ${p.length===1?"photo":"photos"}`:"no photo's depth agrees with it";let m=Ft("ul");for(let{photo:g,range:_}of p.slice(0,12)){let M=Ft("button",{},Ft("span",{},g.name),Ft("span",{className:"quiet"},`${_.toFixed(1)} m`));M.addEventListener("click",()=>r(g)),m.append(Ft("li",{},M))}c.append(m)}function Cm({position:n,sigma:t},e){let[i,r,o]=n.toArray();ac("Point",[["seen by",e.name],["away",`${$n(n.length())} m \xB1 ${$n(t)} m`],["from the camera",`${$n(i)} m right, ${$n(r)} m ahead, ${$n(o)} m up`],["\xB1 of all its sizes",`${(100*e.scale_sigma_rel).toFixed(0)} %`]])}function zu(n,t){let e=[["status",Wi[n.status].word]];if(n.reason&&n.status!=="placed"&&e.push(["why",n.reason]),n.own){let o=t?"in the 3-D view, by themselves":`\`worldmap depth ${n.name} --view own.html\``;e.push(["its own points",o])}n.time&&e.push(["taken",n.time.slice(0,19).replace("T"," ")]),n.lat!==null&&n.lat!==void 0&&(e.push(["place",`${n.lat.toFixed(6)}, ${n.lon.toFixed(6)}`]),n.sigma_m&&e.push(["\xB1 on the globe",Em(n.sigma_m)])),n.heading_deg!==null&&n.heading_deg!==void 0&&e.push(["looks to",`${n.heading_deg.toFixed(1)}\xB0`]),n.pairs&&e.push(["pairs",String(n.pairs)]),n.flags?.length&&e.push(["suspicious",n.flags.join(", ")]),n.credit&&e.push(["by",[n.credit,n.licence].filter(Boolean).join(", ")]);let r=n.enu_from_cam||n.own&&t||n.status==="failed"?null:Ft("img",{src:Xi(`photos/${n.id}/thumb.jpg`),alt:""});ac(n.name,e,r)}var sS=40,rS=1e-6;function Or(n,t){let e=Math.tan(n*Math.PI/360);return{l:-e*t,r:e*t,b:-e,t:e}}function ku(n,t,e,i=1,r=null){let o=Math.min(t/n.width,e/n.height)*i,[l,c]=r??[n.width/2,n.height/2],[u,d]=[t/2/o,e/2/o];return{l:(l-u-n.cx)/n.fx,r:(l+u-n.cx)/n.fx,b:-(c+d-n.cy)/n.fy,t:-(c-d-n.cy)/n.fy}}function Rm(n,t,e){let i=r=>n[r]+(t[r]-n[r])*e;return{l:i("l"),r:i("r"),b:i("b"),t:i("t")}}function Lm(n,t){let{near:e,far:i}=n;n.projectionMatrix.makePerspective(t.l*e,t.r*e,t.t*e,t.b*e,e,i),n.projectionMatrixInverse.copy(n.projectionMatrix).invert()}function ms(n){let t=n.enu_from_cam,e=new ce().set(t[0],-t[1],-t[2],0,t[4],-t[5],-t[6],0,t[8],-t[9],-t[10],0,0,0,0,1);return{position:new F(t[3],t[7],t[11]),quaternion:new qe().setFromRotationMatrix(e)}}function lc({enu_from_cam:n}){return new F(n[2],n[6],n[10])}function Hu(n,t,[e,i,r,o,l]){let c=n*n+t*t,u=1+c*(e+c*(i+c*l));return[n*u+2*r*n*t+o*(c+2*n*n),t*u+r*(c+2*t*t)+2*o*n*t]}function Vu(n,t,e){let[i,r]=[n,t];for(let o=0;o<sS;o++){let[l,c]=Hu(i,r,e),[u,d]=[n-l,t-c];if(Math.hypot(u,d)<rS)return[i,r];[i,r]=[i+u,r+d]}return null}function Ur(n,[t,e,i]){let r=n.enu_from_cam;if(!r)return null;let o=[t-r[3],e-r[7],i-r[11]],l=_=>r[_]*o[0]+r[_+4]*o[1]+r[_+8]*o[2],c=l(2);if(c<.2)return null;let{camera:u}=n,[d,p]=Hu(l(0)/c,l(1)/c,u.distortion),[m,g]=[u.fx*d+u.cx,u.fy*p+u.cy];return m<0||g<0||m>=u.width||g>=u.height?null:{u:m,v:g,range:c}}function Im(n,t,e,i,r,o){let[l,c]=Hu(t.l+(t.r-t.l)*e/r,-t.t+(t.t-t.b)*i/o,n.distortion);return[n.fx*l+n.cx,n.fy*c+n.cy]}function Dm(n,t,e,i,r,o){let l=[(e-n.cx)/n.fx,(i-n.cy)/n.fy],[c,u]=Vu(...l,n.distortion)??l;return[(c-t.l)/(t.r-t.l)*r,(u+t.t)/(t.t-t.b)*o]}var Gu=new Set;function Zi(n){if(Gu.has(n))return;Gu.add(n);let t=Ft("button",{"aria-label":"Close"},"\xD7"),e=Ft("div",{},Ft("p",{},n),t);t.addEventListener("click",()=>{e.remove(),Gu.delete(n)}),Q("messages").append(e)}function Wu(n){for(let e of document.querySelectorAll("#messages [data-tiles] button"))e.click();let t=new Map;for(let[e,i]of n)t.set(i,[...t.get(i)??[],e]);for(let[e,i]of t){let r=i.length>3?`${i.slice(0,3).join(", ")} and ${i.length-3} more`:i.join(", "),o=`${i.length===1?"Tile":"Tiles"} ${r}: ${e}`;Zi(o),Q("messages").lastElementChild.dataset.tiles="1"}}var oS=5,hc=class{constructor({told:t,site:e,scene:i,choose:r,blend:o}){Object.assign(this,{photos:t.photos,site:e,scene:i,choose:r,blend:o});let l=new Set(t.photos.map(c=>c.id));this.points=t.control.map(({name:c,lat:u,lon:d,height_m:p,check:m,off_m:g,marks:_})=>({name:c,check:m,off:g,xyz:e.enuFromGeodetic(u,d,p),told:"",marks:new Map(_.filter(([M])=>l.has(M)).map(([M,...T])=>[M,T]))})),this.point=null,this.changed=new Set,this.looking=null,Q("mark").addEventListener("click",()=>this.toggle()),Q("newpoint").addEventListener("submit",c=>{c.preventDefault(),this.add()}),Q("savemarks").addEventListener("click",()=>this.save()),Q("unmark").addEventListener("click",()=>this.unmark()),i.addEventListener("mark",({detail:c})=>this.mark(c)),i.addEventListener("drawn",()=>this.draw()),i.addEventListener("arrived",()=>this.arrived()),i.addEventListener("left",()=>this.list()),addEventListener("beforeunload",c=>{this.changed.size&&c.preventDefault()})}toggle(){this.scene.marking=!this.scene.marking,Q("mark").setAttribute("aria-pressed",String(this.scene.marking)),Q("control").hidden=!this.scene.marking,this.scene.marking&&this.list(),this.scene.redraw()}add(){let t=Q("pointname").value.trim(),[e,i,r]=["pointlat","pointlon","pointheight"].map(u=>Number(Q(u).value));if(this.points.some(u=>u.name===t)){Zi(`There is a point ${t} already.`);return}let o=this.site.enuFromGeodetic(e,i,r),l=`${i},${e},${r}`,c={name:t,check:!1,off:null,xyz:o,told:l,marks:new Map};this.inSight(c).length||Zi(`No photo has ${t} in view: is its latitude first, its height above the ellipsoid?`),this.points.push(c),this.changed.add(c),Q("newpoint").reset(),this.take(c)}take(t){this.point=t,this.list(),this.scene.redraw()}inSight(t){return this.photos.map(e=>({photo:e,at:Ur(e,t.xyz)})).filter(({photo:e,at:i})=>i&&i.range<Math.max(3*(e.far_m??0),30)).sort((e,i)=>e.at.range-i.at.range)}mark({photo:t,u:e,v:i}){this.point&&(this.point.marks.set(t.id,[e,i]),this.changed.add(this.point),this.list(),this.scene.redraw())}unmark(){this.point?.marks.delete(this.scene.photo?.id)&&(this.changed.add(this.point),this.list(),this.scene.redraw())}look(t){this.looking=t,this.choose(t),jn(),this.blend(1)}arrived(){if(this.list(),this.looking!==this.scene.photo||!this.point)return;this.looking=null;let{photo:t}=this.scene,e=Ur(t,this.point.xyz),[i,r]=this.point.marks.get(t.id)??[e?.u,e?.v];i!==void 0&&this.scene.lookAtPixel(i,r,oS)}get table(){let t=new Map;for(let{name:l}of this.photos)t.set(l,(t.get(l)??0)+1);let e=new Map(this.photos.map(l=>[l.id,l])),i=l=>t.get(e.get(l).name)>1?`#${l}`:e.get(l).name,r=l=>/[",;\n]/.test(l)?`"${l.replaceAll('"','""')}"`:l,o=["EPSG:4326","name,lon,lat,height,image,px,py"];for(let l of this.points){if(!this.changed.has(l))continue;let c=l.told||",,";!l.marks.size&&l.told&&o.push(`${r(l.name)},${c},,,`);for(let[u,[d,p]]of l.marks)o.push(`${r(l.name)},${c},${r(i(u))},${d.toFixed(2)},${p.toFixed(2)}`)}return`${o.join(`
`)}
`}save(){let t=URL.createObjectURL(new Blob([this.table],{type:"text/csv"}));Ft("a",{href:t,download:"marks.csv"}).click(),setTimeout(()=>URL.revokeObjectURL(t),6e4),this.changed.clear(),this.list(),Q("markhelp").textContent="Saved as marks.csv among your downloads: `worldmap gcp marks.csv`, then `worldmap merge`."}list(){if(!this.scene.marking)return;let{point:t}=this,e=this.scene.photo;Q("points").replaceChildren(...this.points.map(r=>{let o=r.marks.size,l=[`${o} ${o===1?"mark":"marks"}`];r.check&&l.push("check"),r.off!==null&&l.push(`${r.off.toFixed(2)} m off`);let c=Nm(r.name,l.join(", "),()=>this.take(r));return c.setAttribute("aria-pressed",String(r===t)),Ft("li",{},c)}));let i=t?this.inSight(t):[];Q("sights").replaceChildren(...i.slice(0,24).map(({photo:r,at:o})=>{let l=t.marks.has(r.id)?"marked":`${o.range.toFixed(1)} m`,c=Nm(r.name,l,()=>this.look(r));return r===e&&c.setAttribute("aria-current","true"),Ft("li",{},c)})),Q("markhelp").textContent=this.help(i.length),Q("unmark").hidden=!(e&&t?.marks.has(e.id)),Q("savemarks").disabled=!this.changed.size}help(t){let{point:e}=this;return e?t?this.scene.photo?`Click where ${e.name} is; a ring shows where the map has it. Wheel and drag look closer.`:`Choose a photo that shows ${e.name}.`:`No placed photo has ${e.name} in view.`:this.points.length?"Choose a point.":"Tell a point, or store a list of them with `worldmap gcp`."}draw(){let{photo:t,width:e,height:i,lens:r}=this.scene,o=[];if(this.scene.marking&&t){let l=(c,u)=>Dm(t.camera,r,c,u,e,i);for(let c of this.points){let u=Ur(t,c.xyz),d=c.marks.get(t.id),p=c===this.point?" active":"",m=u&&l(u.u,u.v),g=d&&l(...d);if(m&&g&&o.push(cc("line",{x1:m[0],y1:m[1],x2:g[0],y2:g[1],class:`off${p}`})),m&&o.push(cc("circle",{cx:m[0],cy:m[1],r:11,class:`expected${p}`})),g){let[x,y]=g,A=`M${x-11} ${y}H${x-2}M${x+2} ${y}H${x+11}M${x} ${y-11}V${y-2}M${x} ${y+2}V${y+11}`;o.push(cc("path",{d:A,class:`marked${p}`}))}let[_,M]=g??m??[-99,-99],T=cc("text",{x:_+14,y:M-8,class:`name${p}`});T.textContent=c.name,o.push(T)}}Q("marks").replaceChildren(...o)}};function Nm(n,t,e){let i=Ft("button",{},Ft("span",{},n),Ft("span",{className:"quiet"},t));return i.addEventListener("click",e),i}function cc(n,t){let e=document.createElementNS(Q("marks").namespaceURI,n);for(let[i,r]of Object.entries(t))e.setAttribute(i,r);return e}var aS=4,uc=class{constructor(){this.size=Math.max(Math.min(aS,(navigator.hardwareConcurrency||2)-1),2),this.idle=[],this.queue=[],this.waiting=new Map,this.next=1,this.started=this.start()}async start(){let t=await Ji("assets/laz-perf.wasm");for(let e=0;e<this.size;e++){let i=wm("assets/decode.js");i.postMessage({wasm:t.slice().buffer}),i.onmessage=({data:r})=>this.finished(i,r),i.onerror=r=>this.failed(r.message||"a worker could not start"),this.idle.push(i)}this.pump()}decode(t){return new Promise((e,i)=>{this.queue.push({task:t,resolve:e,reject:i}),this.started.then(()=>this.pump(),i)})}pump(){for(;this.idle.length&&this.queue.length;){let t=this.idle.pop(),e=this.queue.shift(),i=this.next++;this.waiting.set(i,e),t.postMessage({id:i,task:e.task},[e.task.compressed.buffer])}}finished(t,{id:e,found:i,error:r}){let o=this.waiting.get(e);this.waiting.delete(e),this.idle.push(t),r?o.reject(new Error(r)):o.resolve(i),this.pump()}failed(t){for(let e of this.waiting.values())e.reject(new Error(t));this.waiting.clear()}};var Bo=.0033528106647474805,zo=Bo*(2-Bo),qi=Math.PI/180;function Om(n,t,e){let[i,r]=[Math.sin(n*qi),Math.cos(n*qi)],o=6378137/Math.sqrt(1-zo*i*i);return[(o+e)*r*Math.cos(t*qi),(o+e)*r*Math.sin(t*qi),(o*(1-zo)+e)*i]}function lS([n,t,e]){let i=Math.hypot(n,t),r=Math.atan2(e,(1-Bo)*i),o=0;for(let u=0;u<4;u++)o=Math.atan2(e+zo/(1-Bo)*6378137*Math.sin(r)**3,i-zo*6378137*Math.cos(r)**3),r=Math.atan2((1-Bo)*Math.sin(o),Math.cos(o));let l=6378137/Math.sqrt(1-zo*Math.sin(o)**2),c=i*Math.cos(o)+e*Math.sin(o)-6378137*6378137/l;return{lat:o/qi,lon:Math.atan2(t,n)/qi,height:c}}var dc=class{constructor({lat:t,lon:e,height_m:i}){let[r,o]=[Math.sin(t*qi),Math.cos(t*qi)],[l,c]=[Math.sin(e*qi),Math.cos(e*qi)];this.origin=Om(t,e,i),this.height=i,this.axes=[[-l,c,0],[-r*c,-r*l,o],[o*c,o*l,r]]}enuFromGeodetic(t,e,i){let o=Om(t,e,i).map((l,c)=>l-this.origin[c]);return this.axes.map(l=>l[0]*o[0]+l[1]*o[1]+l[2]*o[2])}geodeticFromEnu([t,e,i]){let[r,o,l]=this.axes;return lS(this.origin.map((c,u)=>c+r[u]*t+o[u]*e+l[u]*i))}};function Um(n,t,e,i){let r=i*Math.cos(e*qi),o=i*Math.sin(e*qi);return[n+r/111320,t+o/(111320*Math.cos(n*qi))]}var Fm="worldmap-hints",cS=["Drag to turn, wheel or pinch to zoom; Overview shows everything.","Click a pin, a camera or a name: the photo lies over its points.","Click a point: where it is, how sure that is, which photos saw it. ? has all keys."];function hS(){try{return localStorage.getItem(Fm)!==null}catch{return!1}}function Bm(){if(hS())return;Q("hints").append(...cS.map(t=>Ft("li",{textContent:t}))),Q("hints").hidden=!1;let n=()=>{Q("hints").hidden=!0;for(let t of["pointerdown","keydown"])removeEventListener(t,n,!0);try{localStorage.setItem(Fm,"seen")}catch{}};for(let t of["pointerdown","keydown"])addEventListener(t,n,!0)}var Xu={w:[1,0,0],s:[-1,0,0],a:[0,-1,0],d:[0,1,0],q:[0,0,-1],e:[0,0,1]},Zu={ArrowLeft:[1,0],ArrowRight:[-1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};function zm(n,t){let e=new Set,i=0;n.keys=r=>{let o=Math.min((r-i)/1e3,.1);i=r;for(let l of e)Xu[l]&&n.move(...Xu[l].map(c=>c*.7*o)),Zu[l]&&n.turn(...Zu[l].map(c=>c*1.2*o))},addEventListener("blur",()=>e.clear()),addEventListener("keyup",r=>{e.delete(r.key.length===1?r.key.toLowerCase():r.key)}),addEventListener("keydown",r=>{if(r.ctrlKey||r.metaKey||r.altKey||Q("keys").open)return;let o=r.target.closest?.("input, select, textarea");if(r.key==="Escape"){o?r.target.blur():t.escape();return}if(o)return;let l=r.key.length===1?r.key.toLowerCase():r.key,c=r.target.closest?.("#map, #list");l in Zu&&!c?(r.preventDefault(),n.photo?t.blend({ArrowLeft:-.05,ArrowRight:.05}[l]??0):e.add(l)):l in Xu?e.add(l):["+","="].includes(l)&&!c?n.zoomBy(1.2):l==="-"&&!c?n.zoomBy(1/1.2):l==="Home"&&!c?t.overview():l==="n"?t.step(1):l==="p"?t.step(-1):l==="c"?t.colour():l==="m"?t.measure():l==="g"?t.mark():l==="Backspace"?t.undo():l==="?"?t.help():l==="/"&&(r.preventDefault(),t.search())})}function qu(n,t){return n==="height"?t.height[0]<t.height[1]?t.height:[0,1]:n==="sigma"?[0,t.sigma||1]:[1,Math.max(t.support,2)]}function km(n,t,e){let{alone:i}=t,r=Q("legend");if(r.replaceChildren(),r.hidden=n==="rgb",r.hidden)return;let o=m=>r.append(Ft("b",{},m));if(n==="class"){o("Class");for(let m of[...t.classes].sort((g,_)=>g-_)){let[g,_]=Hs[m]??[`class ${m}`,Hs[0][1]],M=Ft("i",{style:`background:${_}`});r.append(Ft("div",{className:"key"},M,g))}return}if(n==="photo"){o("Photo"),r.append("one colour for each photo that gave the point");return}let[l,c]=qu(n,t.ends),u={height:i?["Height above the camera",m=>`${m.toFixed(1)} m`]:["Height above the ellipsoid",m=>`${(m+e.height).toFixed(1)} m`],sigma:[i?"Uncertainty of its depth, one sigma":"Uncertainty within the area, one sigma",m=>`${m.toFixed(2)} m`],support:["Photos that agree",m=>`${m.toFixed(0)}${m===c&&m>=8?"+":""}`]},[d,p]=u[n];o(d),r.append(Ft("div",{className:"bar",style:`background:${gm}`}),Ft("div",{className:"ends"},Ft("span",{},p(l)),Ft("span",{},p(c))))}var fc=class extends EventTarget{constructor(t){super();let e=t.failures.map((r,o)=>({...r,id:`failed-${o}`,status:"failed",time:null,lat:null,enu_from_cam:null})),i=r=>`${r.time??"~"} ${r.name}`;this.photos=[...t.photos,...e].sort((r,o)=>i(r)<i(o)?-1:1),this.rows=new Map(this.photos.map(r=>[r.id,this.row(r)])),Q("list").append(...this.rows.values()),this.statuses(),this.dates(),Q("savelist").addEventListener("click",()=>this.save());for(let r of["search","since","until"])Q(r).addEventListener("input",()=>this.filter());Q("list").addEventListener("keydown",r=>{let o={ArrowDown:1,ArrowUp:-1}[r.key];if(!o)return;r.preventDefault();let l=this.matching().map(c=>this.rows.get(c.id).firstChild);l[Math.min(Math.max(l.indexOf(r.target)+o,0),l.length-1)]?.focus()}),t.credits.length&&(Q("credits").hidden=!1,Q("credits").querySelector("ul").append(...t.credits.map(r=>Ft("li",{},r)))),this.filter()}row(t){let e=t.status==="failed"?Ft("span",{className:"none"},"\xD7"):Ft("img",{alt:"",loading:"lazy",decoding:"async"}),{word:i,colour:r}=Wi[t.status],o=Ft("span",{className:`dot ${t.status}`,style:`background:${r}`}),l=t.reason&&t.status!=="placed"?`${i}: ${t.reason}`:i,c=Ft("span",{},Ft("b",{},t.name),Ft("small",{},Ft("span",{},Hm(t))),Ft("small",{},o,Ft("span",{},l))),u=Ft("button",{title:`${t.name}: ${l}`},e,c);return u.addEventListener("click",()=>this.dispatchEvent(new CustomEvent("choose",{detail:t}))),Ft("li",{},u)}showPictures(){for(let t of this.photos){let e=this.rows.get(t.id).querySelector("img:not([src])");e&&(e.src=Xi(`photos/${t.id}/thumb.jpg`))}}statuses(){for(let[t,{word:e,colour:i}]of Object.entries(Wi)){let r=this.photos.filter(c=>c.status===t).length;if(!r)continue;let o=Ft("input",{type:"checkbox",checked:!0,value:t});o.addEventListener("change",()=>this.filter());let l=Ft("span",{className:`dot ${t}`,style:`background:${i}`});Q("statuses").append(Ft("label",{},o,l,`${e.split(" ")[0]} (${r})`))}Q("statuses").hidden=!this.photos.length}dates(){let t=this.photos.map(i=>i.time?.slice(0,16)).filter(Boolean),e=[...new Set(t.map(i=>i.slice(0,10)))].sort();this.steps=e.length>1?e:[...new Set(t)].sort(),Q("timeline").hidden=this.steps.length<2,Q("date").max=String(this.steps.length),Q("date").addEventListener("input",()=>{let i=this.steps[Number(Q("date").value)-1];Q("since").value=i?i.length>10?i:`${i}T00:00`:"",Q("until").value=i?i.length>10?i:`${i}T23:59`:"",this.filter()})}tellDate(){let[t,e]=[Q("since").value,Q("until").value],i=this.steps.findIndex(r=>t.startsWith(r)&&e.startsWith(r));Q("date").value=String(i+1),Q("datetext").textContent=i>=0?this.steps[i].replace("T"," "):t||e?"as below":"all dates"}save(){let t=this.matching().map(({name:i,status:r,time:o,lat:l,lon:c,height_m:u,heading_deg:d,sigma_m:p,credit:m,licence:g})=>({type:"Feature",geometry:l==null?null:{type:"Point",coordinates:[c,l,...u==null?[]:[u]]},properties:{name:i,status:r,time:o,heading_deg:d,sigma_m:p,credit:m,licence:g}})),e=JSON.stringify({type:"FeatureCollection",features:t},null,1);Fo("photos.geojson",new Blob([e],{type:"application/geo+json"}))}matching(){let t=Q("search").value.trim().toLowerCase().split(/\s+/),e=new Set([...Q("statuses").querySelectorAll("input:checked")].map(o=>o.value)),[i,r]=[Q("since").value,Q("until").value];return this.photos.filter(o=>{let l=this.said(o);if(!e.has(o.status)||!t.every(u=>l.includes(u)))return!1;let c=o.time?.slice(0,16)??"";return(!i||c>=i)&&(!r||c&&c<=r)})}said(t){let{name:e,credit:i,licence:r,flags:o}=t;return[e,Hm(t),i,r,...o??[]].join(" ").toLowerCase()}filter(){let t=new Set(this.matching().map(i=>i.id));for(let[i,r]of this.rows)r.hidden=!t.has(i);this.tellDate();let e=this.photos.length;Q("found").textContent=t.size===e?`${e} photos`:`${t.size} of ${e} photos`,this.dispatchEvent(new CustomEvent("filter",{detail:t}))}select(t){for(let[e,i]of this.rows){let r=e===t?.id;i.firstChild.setAttribute("aria-current",String(r)),r&&i.scrollIntoView({block:"nearest"})}}neighbour(t,e){let i=this.matching().filter(o=>o.enu_from_cam);if(!i.length)return null;let r=i.findIndex(o=>o.id===t?.id);return i[(r+e+i.length)%i.length]}};function Hm(n){return n.time?n.time.slice(0,19).replace("T"," "):"no time"}var ye=df(Gm(),1);function Yu(n){return n}function mc(n){if(n==null)return Yu;var t,e,i=n.scale[0],r=n.scale[1],o=n.translate[0],l=n.translate[1];return function(c,u){u||(t=e=0);var d=2,p=c.length,m=new Array(p);for(m[0]=(t+=c[0])*i+o,m[1]=(e+=c[1])*r+l;d<p;)m[d]=c[d],++d;return m}}function Wm(n,t){for(var e,i=n.length,r=i-t;r<--i;)e=n[r],n[r++]=n[i],n[i]=e}function $u(n,t){return typeof t=="string"&&(t=n.objects[t]),t.type==="GeometryCollection"?{type:"FeatureCollection",features:t.geometries.map(function(e){return Xm(n,e)})}:Xm(n,t)}function Xm(n,t){var e=t.id,i=t.bbox,r=t.properties==null?{}:t.properties,o=ju(n,t);return e==null&&i==null?{type:"Feature",properties:r,geometry:o}:i==null?{type:"Feature",id:e,properties:r,geometry:o}:{type:"Feature",id:e,bbox:i,properties:r,geometry:o}}function ju(n,t){var e=mc(n.transform),i=n.arcs;function r(p,m){m.length&&m.pop();for(var g=i[p<0?~p:p],_=0,M=g.length;_<M;++_)m.push(e(g[_],_));p<0&&Wm(m,M)}function o(p){return e(p)}function l(p){for(var m=[],g=0,_=p.length;g<_;++g)r(p[g],m);return m.length<2&&m.push(m[0]),m}function c(p){for(var m=l(p);m.length<4;)m.push(m[0]);return m}function u(p){return p.map(c)}function d(p){var m=p.type,g;switch(m){case"GeometryCollection":return{type:m,geometries:p.geometries.map(d)};case"Point":g=o(p.coordinates);break;case"MultiPoint":g=p.coordinates.map(o);break;case"LineString":g=l(p.arcs);break;case"MultiLineString":g=p.arcs.map(l);break;case"Polygon":g=u(p.arcs);break;case"MultiPolygon":g=p.arcs.map(u);break;default:return null}return{type:m,coordinates:g}}return d(t)}var pS=85.06;function mS(n){let t=0,e=n.map(([o,l],c)=>{let u=c?o-n[c-1][0]:0;return Math.abs(u)>180&&(t-=360*Math.sign(u)),[o+t,l]}),[i,r]=[e[0],e.at(-1)];if(Math.abs(r[0]-i[0])>180){let o=pS*Math.sign(i[1]);e.push([r[0],o],[i[0],o])}return e}function Zm(n){let t=[];for(let{geometry:e}of $u(n,n.objects.countries).features){let i=e.type==="Polygon"?[e.coordinates]:e.coordinates;for(let r of i){let o=r.map(mS),l=o[0].map(([c])=>c);t.push(o);for(let c of[-360,360])Math.max(...l)>180.001==c<0&&Math.min(...l)<-180.001==c>0&&t.push(o.map(u=>u.map(([d,p])=>[d+c,p])))}}return{type:"MultiPolygon",coordinates:t}}var gS=600,_S=["points","orthophoto","cones","sigma","tiles","pairs","tags"],vS=100,gc=class extends EventTarget{constructor(t,e,i){super(),this.photos=e.photos,this.map=ye.default.map(t,{maxZoom:23,minZoom:1,zoomSnap:.5,worldCopyJump:!0,zoomControl:!1,preferCanvas:!0,attributionControl:!1}),ye.default.control.zoom({position:"bottomright"}).addTo(this.map),ye.default.control.scale({imperial:!1,position:"bottomleft"}).addTo(this.map),this.attribution=ye.default.control.attribution({prefix:!1,position:"topright"}),this.attribution.addTo(this.map),this.map.createPane("world").style.zIndex=150,this.map.createPane("points").style.zIndex=250,this.map.createPane("orthophoto").style.zIndex=255,this.map.createPane("rasters").style.zIndex=260,this.layers=Object.fromEntries(_S.map(r=>[r,ye.default.layerGroup()])),this.pins=new Map,this.pinLayer=ye.default.layerGroup().addTo(this.map),this.standpoint=null,this.isDark=i,this.home(),(window.requestIdleCallback??setTimeout)(()=>this.world(),{timeout:4e3}),Bu.basemap&&this.basemap(Bu),this.drawRasters(e.layers),this.drawTiles(e.tiles),this.drawPairs(e.pairs);for(let r of this.photos)r.lat!==null&&this.drawPhoto(r);for(let r of["points","orthophoto","cones","sigma","tiles"])this.layers[r].addTo(this.map);this.map.on("moveend",()=>this.dispatchEvent(new Event("moved"))),e.window&&this.drawWindow(e.window),this.unplaced=!t.clientWidth,new ResizeObserver(()=>{this.map.invalidateSize({animate:!1}),this.unplaced&&t.clientWidth&&this.home()}).observe(t)}home(){this.unplaced=!this.map.getContainer().clientWidth;let t=this.photos.filter(e=>e.lat!==null).map(e=>[e.lat,e.lon]);t.push(...this.photos.flatMap(e=>Ym(e))),t.length?this.map.fitBounds(ye.default.latLngBounds(t).pad(.1),{maxZoom:20,animate:!1}):this.map.setView([25,10],2,{animate:!1})}drawWindow({bounds:[t,e,i,r]}){let o=ye.default.latLngBounds([e,t],[r,i]);ye.default.rectangle(o,{color:"#888",weight:1,fill:!1,dashArray:"4",interactive:!1}).addTo(this.map);let l=Ft("button",{id:"here",type:"button"},"Photos here"),c=ye.default.Control.extend({onAdd:()=>l}),u=new c({position:"topright"});l.addEventListener("click",()=>this.dispatchEvent(new CustomEvent("elsewhere",{detail:this.map.getCenter().wrap()}))),ye.default.DomEvent.disableClickPropagation(l);let d=()=>o.contains(this.map.getCenter())?u.remove():u.addTo(this.map);this.map.on("moveend",d)}async world(){try{let t=await oc("assets/world.json");this.land=ye.default.geoJSON(Zm(t),{pane:"world",interactive:!1,style:{}}).addTo(this.map),this.attribution.addAttribution("Natural Earth"),this.paint(this.isDark)}catch{}}paint(t){this.isDark=t,this.land?.setStyle({color:t?"#45525b":"#b4bcc2",weight:1,fillColor:t?"#232c32":"#eef0ec",fillOpacity:1})}basemap({basemap:t,attribution:e}){let i="origin";this.tiles=ye.default.tileLayer(t,{maxNativeZoom:19,maxZoom:23,referrerPolicy:i}),this.tiles.addTo(this.map),e&&this.attribution.addAttribution(e),this.tiles.on("tileerror",()=>this.dispatchEvent(new Event("nobasemap")))}drawPhoto(t){let{colour:e}=Wi[t.status],i=`${t.name}, ${Wi[t.status].word}`,r;this.photos.length<=gS?r=ye.default.marker([t.lat,t.lon],{icon:ye.default.divIcon({className:`pin ${t.status}`,iconSize:[26,26],html:yS(t,e)}),title:i,alt:i,keyboard:!0,riseOnHover:!0}):r=ye.default.circleMarker([t.lat,t.lon],{radius:5,color:"#fff",weight:1,fillColor:e,fillOpacity:1}),r.bindTooltip(qm(i),{direction:"top",offset:[0,-10]});let o=()=>this.dispatchEvent(new CustomEvent("choose",{detail:t}));r.on("click",o),r.on("keypress",({originalEvent:c})=>{c.key==="Enter"&&o()}),r.addTo(this.pinLayer);let l=[];t.heading_deg!==null&&l.push(["cones",ye.default.polygon([[t.lat,t.lon],...Ym(t)],{color:e,weight:1,opacity:.6,fillOpacity:.03,interactive:!1})]),t.sigma_m&&l.push(["sigma",ye.default.circle([t.lat,t.lon],{radius:Math.max(t.sigma_m[0]??0,t.sigma_m[1]??0),color:e,weight:1,dashArray:"3 3",fill:!1,interactive:!1})]),t.tag&&t.status==="placed"&&(l.push(["tags",ye.default.polyline([[t.tag.lat,t.tag.lon],[t.lat,t.lon]],{color:"#8a949b",weight:1.5,interactive:!1})]),l.push(["tags",ye.default.circleMarker([t.tag.lat,t.tag.lon],{radius:3,color:"#8a949b",fillOpacity:1,interactive:!1})])),this.pins.set(t.id,{photo:t,pin:r,parts:l});for(let[c,u]of l)this.layers[c].addLayer(u)}drawTiles(t){for(let e of t){let i=!!e.problem;ye.default.polygon(e.outline,{color:i?Wi.failed.colour:"#7a8790",weight:i?2:1,dashArray:e.stale||i?"6 4":null,fill:i,fillOpacity:.08}).bindTooltip(qm(`tile ${e.key}: ${e.points.toLocaleString("en")} points`+(e.stale?", out of date":"")+(i?` \u2014 ${e.problem}`:"")),{sticky:!0}).addTo(this.layers.tiles)}}drawPoints(t){for(let e of t)e.picture&&ye.default.imageOverlay(`${Xi(e.picture)}`,e.bounds,{pane:"points",className:"points",alt:""}).addTo(this.layers.points)}async drawOrthophotos(t){let e=new Set(t.filter(({orthophoto:o})=>o)),i=!1,r=async()=>{if(!(i||!this.map.hasLayer(this.layers.orthophoto))){i=!0;for(let o=this.tileInSight(e);o;o=this.tileInSight(e))e.delete(o),await this.drawOrthophoto(o);i=!1}};this.map.on("moveend layeradd resize",r),await r()}tileInSight(t){let[e,i]=[this.map.getBounds(),this.map.getCenter()],r=null;for(let o of t){let l=ye.default.latLngBounds(o.bounds);if(!e.intersects(l))continue;let[c,u]=o.bounds.map(p=>this.map.latLngToContainerPoint(p));if(Math.abs(u.x-c.x)<vS)continue;let d=i.distanceTo(l.getCenter());(!r||d<r.away)&&(r={tile:o,away:d})}return r?.tile??null}async drawOrthophoto(t){let e=await Ji(t.orthophoto).catch(()=>[]);if(!e.length)return;let i=URL.createObjectURL(new Blob([e],{type:"image/webp"}));ye.default.imageOverlay(i,t.bounds,{pane:"orthophoto",className:"orthophoto",alt:""}).addTo(this.layers.orthophoto)}drawRasters(t){for(let{url:e,bounds:i}of t)this.layers[e]=ye.default.layerGroup([ye.default.imageOverlay(Xi(e),i,{pane:"rasters",className:"raster",alt:""})]).addTo(this.map)}drawPairs(t){let e=new Map(this.photos.map(i=>[i.id,i]));for(let[i,r,o,l]of t){let[c,u]=[e.get(i),e.get(r)];o!=="accepted"||c?.lat==null||u?.lat==null||ye.default.polyline([[c.lat,c.lon],[u.lat,u.lon]],{color:"#21918c",weight:Math.min(1+Math.log10(Math.max(l,1)),4),opacity:.7,interactive:!1}).addTo(this.layers.pairs)}}show(t,e){e?this.layers[t].addTo(this.map):this.layers[t].remove()}filter(t){for(let[e,{pin:i,parts:r}]of this.pins){let o=t.has(e);o?this.pinLayer.addLayer(i):this.pinLayer.removeLayer(i);for(let[l,c]of r)o?this.layers[l].addLayer(c):this.layers[l].removeLayer(c)}}select(t){for(let[e,{pin:i,parts:r}]of this.pins){for(let[o,l]of r)o==="cones"&&l.setStyle({fillOpacity:e===t?.id?.25:.03});i.getElement?.()?.classList.toggle("selected",e===t?.id)}t&&t.lat!==null&&!this.map.getBounds().pad(-.1).contains([t.lat,t.lon])&&this.map.panTo([t.lat,t.lon])}setStandpoint({lat:t,lon:e},i){this.standpoint||(this.standpoint=ye.default.marker([t,e],{interactive:!1,keyboard:!1,icon:ye.default.divIcon({className:"standpoint",iconSize:[34,34],html:'<svg viewBox="-17 -17 34 34" aria-hidden="true"><path d="M0-15 8 6 0 2-8 6Z"/></svg>'})}).addTo(this.map)),this.standpoint.setLatLng([t,e]);let r=this.standpoint.getElement()?.firstElementChild;r&&(r.style.transform=`rotate(${i}deg)`)}get place(){let{lat:t,lng:e}=this.map.getCenter();return`${this.map.getZoom()}/${t.toFixed(6)}/${e.toFixed(6)}`}set place(t){let[e,i,r]=t.split("/").map(Number);[e,i,r].every(Number.isFinite)&&(this.unplaced=!1,this.map.setView([i,r],e,{animate:!1}))}},qm=n=>Ft("span",{},n);function yS(n,t){let e=n.heading_deg===null?"":`<path d="M-5-7 0-12.5 5-7Z" fill="${t}" transform="rotate(${n.heading_deg})"/>`,i=n.status==="unplaced"?`<path d="M0-7 7 0 0 7-7 0Z" fill="${t}" stroke="#fff" stroke-width="2"/>`:n.status==="ingested"?`<circle r="5" fill="#fff" stroke="${t}" stroke-width="3"/>`:`<circle r="6" fill="${t}" stroke="#fff" stroke-width="2"/>`;return`<svg viewBox="-13 -13 26 26" aria-hidden="true">${e}${i}</svg>`}function Ym({lat:n,lon:t,heading_deg:e,hfov_deg:i,far_m:r}){if(n===null||e===null)return[];let o=Math.min(Math.max(r??15,3),60),l=Math.min(i,160)/2;return[-1,-.5,0,.5,1].map(c=>Um(n,t,e+c*l,o))}var Fr=["rgb","height","sigma","support","class","photo"],Ku="1.5",xS="1.4",MS="64.0",$m="0.2",bS="0.5",SS="1.4",_c=.25,wS=`
  attribute vec3 colour;
  attribute float sigma;
  attribute vec2 kind;
  attribute float photo;
  attribute vec4 disc;
  attribute float spacing;
  uniform int mode;
  uniform vec2 range;
  uniform float pixelsPerTangent, pointSize, selected;
  uniform bool blended;
  uniform float refined[8];
  uniform vec3 middle;
  uniform vec3 clipLow, clipHigh;
  uniform bool filtered;
  uniform sampler2D scale, classes, photos, listed;
  varying vec3 shown;
  varying vec4 lie; // of a disc: how its depth grows to the right and up, and the ray to it
  varying vec2 reach; // its radius as a tangent, and how much of the depth buffer its depth is
  varying float thick; // how far behind what is seen lies what may be the same surface
  vec3 scaled(float value) {
    float at = clamp((value - range.x) / max(range.y - range.x, 1e-6), 0.0, 1.0);
    return texture2D(scale, vec2((at * 255.0 + 0.5) / 256.0, 0.5)).rgb;
  }
  vec3 entry(sampler2D table, float i) {
    return texture2D(table, vec2((mod(i, 256.0) + 0.5) / 256.0, 0.5)).rgb;
  }
  void main() {
    vec4 world = modelMatrix * vec4(position, 1.0);
    vec4 view = viewMatrix * world;
    gl_Position = projectionMatrix * view;
    bool hidden = any(lessThan(world.xyz, clipLow)) || any(greaterThan(world.xyz, clipHigh));
    if (filtered && photo < 65534.5) {
      int number = int(photo);
      hidden = hidden || texelFetch(listed, ivec2(number & 1023, number >> 10), 0).r < 0.5;
    }
    if (hidden) gl_Position = vec4(2.0, 2.0, 2.0, 1.0); // outside the picture
    int octant = int(dot(step(middle, position), vec3(1.0, 2.0, 4.0)));
    float size = ${xS} * pointSize * min(spacing * 0.001, refined[octant]);
    vec2 ray = view.xy / max(-view.z, 0.01);
    float slant = sqrt(1.0 + dot(ray, ray));
    float px = size * pixelsPerTangent / max(-view.z, 0.01) * slant;
    gl_PointSize = clamp(px, ${Ku}, ${MS});
    vec3 normal = normalize(mat3(modelViewMatrix) * disc.xyz);
    // From the edge a disc would be no pixel wide.
    float facing = dot(normal, vec3(ray, -1.0)) / slant;
    float away = length(view.xyz);
    thick = ${bS} * size / (disc.w > 0.5 ? max(abs(facing), ${$m}) : 0.5) + ${SS} * 0.001 * sigma;
    thick = log2(1.0 + thick / max(away, 0.01)) / ${_c.toFixed(2)};
    facing = (facing < 0.0 ? -1.0 : 1.0) * max(abs(facing), max(${$m}, ${Ku} / px)) * slant;
    bool flat_ = disc.w > 0.5 && px > ${Ku};
    lie = vec4(flat_ ? normal.xy / facing : vec2(0.0), ray);
    reach = vec2(0.5 * gl_PointSize / pixelsPerTangent, -0.5 * projectionMatrix[3][2] / max(-view.z, 0.01));
    // A little nearer, so that discs of one surface lie over each other: where they are blended.
    if (!hidden && blended) {
      vec4 near = projectionMatrix * vec4(view.xyz * exp2(-${_c.toFixed(2)} * min(thick, 1.0)), 1.0);
      gl_Position.z = near.z / near.w * gl_Position.w;
    }
    if (mode == 0) shown = colour;
    else if (mode == 1) shown = scaled(world.z);
    else if (mode == 2) shown = scaled(sigma * 0.001);
    else if (mode == 3) shown = scaled(kind.y);
    else if (mode == 4) shown = entry(classes, kind.x);
    else shown = photo < 65534.5 ? entry(photos, photo) : vec3(0.25);
    // Points of the photo that is looked at stay, the others fade, where photos are the colour.
    if (mode == 5 && selected >= 0.0 && abs(photo - selected) > 0.5) shown *= 0.35;
  }
`,ES=`
  varying vec3 shown;
  varying vec4 lie;
  varying vec2 reach;
  varying float thick;
  uniform bool blended;
  void main() {
    vec2 off = (gl_PointCoord * 2.0 - 1.0) * vec2(1.0, -1.0);
    float deeper = dot(lie.xy, off);
    vec2 ray = lie.zw;
    float slant2 = 1.0 + dot(ray, ray);
    float away2 = slant2 * (dot(off, off) - 2.0 * deeper * dot(ray, off) + deeper * deeper * slant2);
    if (away2 > 1.0) discard;
    gl_FragDepth = gl_FragCoord.z + reach.y * (1.0 - 1.0 / max(1.0 - deeper * reach.x, 0.5));
    float weight = exp(-3.0 * away2);
    gl_FragColor = blended ? vec4(shown * weight, weight) : vec4(shown, 1.0 - min(thick, 1.0));
  }
`;function Ju(n){let t=new Ns(n,256,1);return t.minFilter=t.magFilter=Ae,t.needsUpdate=!0,t}function Qu(n){let t=new Uint8Array(1024*Math.max(Math.ceil(n.length/1024),1));n.forEach((i,r)=>t[r]=i?255:0);let e=new Ns(t,1024,t.length/1024,To);return e.minFilter=e.magFilter=Ae,e.needsUpdate=!0,e}function jm(){return new ti({vertexShader:wS,fragmentShader:ES,uniforms:{mode:{value:0},range:{value:new Ht(0,1)},pixelsPerTangent:{value:500},pointSize:{value:1},refined:{value:new Float32Array(8)},middle:{value:new F},blended:{value:!1},selected:{value:-1},clipLow:{value:new F(-1e9,-1e9,-1e9)},clipHigh:{value:new F(1e9,1e9,1e9)},filtered:{value:!1},listed:{value:Qu([])},scale:{value:Ju(mm())},classes:{value:Ju(_m())},photos:{value:Ju(vm())}}})}function td(n,t){n.uniforms.blended.value=t,n.blending=t?dl:Zn,Object.assign(n,{blendSrc:wo,blendDst:wo}),n.transparent=t,n.depthWrite=!t}var TS=.1,AS=.01,vc={left:44,right:8,top:10,bottom:20};function PS(n,t){let e=[],i=0;for(let l=1;l<t.length;l++){let[c,u]=[t[l-1],t[l]],d=[u.x-c.x,u.y-c.y],p=Math.hypot(...d);p>0&&e.push({a:c,unit:d.map(m=>m/p),level:p,from:i}),i+=p}let r=Math.max(TS,AS*i),o=[];return n.each(({x:l,y:c,z:u,colour:d})=>{for(let{a:p,unit:m,level:g,from:_}of e){let[M,T]=[l-p.x,c-p.y],x=M*m[0]+T*m[1];if(!(x<0||x>g||Math.abs(M*m[1]-T*m[0])>r)){o.push([_+x,u,d]);return}}}),{points:o,length:i,reach:r}}var yc=class{constructor(t,e){this.scene=t,this.site=e,Q("profileclose").addEventListener("click",()=>Q("profile").hidden=!0),Q("profilesave").addEventListener("click",()=>this.save())}get above(){return this.scene.alone?0:this.site.height}show(){let t=this.scene.measure.points;t.length<2||(this.found=PS(this.scene.cloud,t),Q("profile").hidden=!1,this.draw())}draw(){let{points:t,length:e,reach:i}=this.found,r=Q("profilepicture"),o=r.getContext("2d"),{width:l,height:c}=r;o.clearRect(0,0,l,c);let u=getComputedStyle(document.body),d=(A,I,P,N)=>{Object.assign(o,{fillStyle:u.color,font:"20px system-ui",textAlign:N}),o.fillText(A,I,P)};if(Q("profiletext").textContent=t.length?`${t.length.toLocaleString("en")} points within ${i.toFixed(2)} m of ${e.toFixed(2)} m`:"No point that is drawn lies along this way.",Q("profilesave").disabled=!t.length,!t.length)return;let p=t.reduce(([A,I],[,P])=>[Math.min(A,P),Math.max(I,P)],[1/0,-1/0]),[m,g]=[p[0],Math.max(p[1],p[0]+.1)],[_,M]=[2*vc.left,l-2*vc.right],[T,x]=[2*vc.top,c-2*vc.bottom];for(let[A,I,P]of t)o.fillStyle=`rgb(${P.join(" ")})`,o.fillRect(_+A/e*(M-_)-1.5,x-(I-m)/(g-m)*(x-T)-1.5,3,3);o.strokeStyle=u.color,o.globalAlpha=.4,o.strokeRect(_,T,M-_,x-T),o.globalAlpha=1;let{above:y}=this;d((g+y).toFixed(2),_-8,T+14,"right"),d((m+y).toFixed(2),_-8,x,"right"),d("0",_,c-8,"left"),d(`${e.toFixed(2)} m`,M,c-8,"right")}save(){let{above:t}=this,i=`distance_m,height_m
${this.found.points.sort((r,o)=>r[0]-o[0]).map(([r,o])=>`${r.toFixed(3)},${(o+t).toFixed(3)}`).join(`
`)}
`;Fo("profile.csv",new Blob([i],{type:"text/csv"}))}};var Km={type:"change"},id={type:"start"},Qm={type:"end"},xc=new Hn,Jm=new Bi,CS=Math.cos(70*bu.DEG2RAD),je=new F,Ri=2*Math.PI,ge={NONE:-1,ROTATE:0,DOLLY:1,PAN:2,TOUCH_ROTATE:3,TOUCH_PAN:4,TOUCH_DOLLY_PAN:5,TOUCH_DOLLY_ROTATE:6},ed=1e-6,Mc=class extends bo{constructor(t,e=null){super(t,e),this.state=ge.NONE,this.target=new F,this.cursor=new F,this.minDistance=0,this.maxDistance=1/0,this.minZoom=0,this.maxZoom=1/0,this.minTargetRadius=0,this.maxTargetRadius=1/0,this.minPolarAngle=0,this.maxPolarAngle=Math.PI,this.minAzimuthAngle=-1/0,this.maxAzimuthAngle=1/0,this.enableDamping=!1,this.dampingFactor=.05,this.enableZoom=!0,this.zoomSpeed=1,this.enableRotate=!0,this.rotateSpeed=1,this.keyRotateSpeed=1,this.enablePan=!0,this.panSpeed=1,this.screenSpacePanning=!0,this.keyPanSpeed=7,this.zoomToCursor=!1,this.autoRotate=!1,this.autoRotateSpeed=2,this.keys={LEFT:"ArrowLeft",UP:"ArrowUp",RIGHT:"ArrowRight",BOTTOM:"ArrowDown"},this.mouseButtons={LEFT:us.ROTATE,MIDDLE:us.DOLLY,RIGHT:us.PAN},this.touches={ONE:ds.ROTATE,TWO:ds.DOLLY_PAN},this.target0=this.target.clone(),this.position0=this.object.position.clone(),this.zoom0=this.object.zoom,this._cursorStyle="auto",this._domElementKeyEvents=null,this._lastPosition=new F,this._lastQuaternion=new qe,this._lastTargetPosition=new F,this._quat=new qe().setFromUnitVectors(t.up,new F(0,1,0)),this._quatInverse=this._quat.clone().invert(),this._spherical=new hs,this._sphericalDelta=new hs,this._scale=1,this._panOffset=new F,this._rotateStart=new Ht,this._rotateEnd=new Ht,this._rotateDelta=new Ht,this._panStart=new Ht,this._panEnd=new Ht,this._panDelta=new Ht,this._dollyStart=new Ht,this._dollyEnd=new Ht,this._dollyDelta=new Ht,this._dollyDirection=new F,this._mouse=new Ht,this._performCursorZoom=!1,this._pointers=[],this._pointerPositions={},this._controlActive=!1,this._onPointerMove=LS.bind(this),this._onPointerDown=RS.bind(this),this._onPointerUp=IS.bind(this),this._onContextMenu=zS.bind(this),this._onMouseWheel=OS.bind(this),this._onKeyDown=US.bind(this),this._onTouchStart=FS.bind(this),this._onTouchMove=BS.bind(this),this._onMouseDown=DS.bind(this),this._onMouseMove=NS.bind(this),this._interceptControlDown=kS.bind(this),this._interceptControlUp=HS.bind(this),this.domElement!==null&&this.connect(this.domElement),this.update()}set cursorStyle(t){this._cursorStyle=t,t==="grab"?this.domElement.style.cursor="grab":this.domElement.style.cursor="auto"}get cursorStyle(){return this._cursorStyle}connect(t){super.connect(t),this.domElement.addEventListener("pointerdown",this._onPointerDown),this.domElement.addEventListener("pointercancel",this._onPointerUp),this.domElement.addEventListener("contextmenu",this._onContextMenu),this.domElement.addEventListener("wheel",this._onMouseWheel,{passive:!1}),this.domElement.ownerDocument.addEventListener("keydown",this._interceptControlDown,{passive:!0,capture:!0}),this.domElement.style.touchAction="none"}disconnect(){this.state=ge.NONE,this.domElement.removeEventListener("pointerdown",this._onPointerDown),this.domElement.ownerDocument.removeEventListener("pointermove",this._onPointerMove),this.domElement.ownerDocument.removeEventListener("pointerup",this._onPointerUp),this.domElement.removeEventListener("pointercancel",this._onPointerUp),this.domElement.removeEventListener("wheel",this._onMouseWheel),this.domElement.removeEventListener("contextmenu",this._onContextMenu),this.stopListenToKeyEvents(),this.domElement.ownerDocument.removeEventListener("keydown",this._interceptControlDown,{capture:!0}),this.domElement.ownerDocument.removeEventListener("keyup",this._interceptControlUp,{capture:!0}),this._controlActive=!1,this._pointers.length=0,this._pointerPositions={},this.domElement.style.touchAction="",this.domElement.style.cursor="auto"}dispose(){this.disconnect()}getPolarAngle(){return this._spherical.phi}getAzimuthalAngle(){return this._spherical.theta}getDistance(){return this.object.position.distanceTo(this.target)}listenToKeyEvents(t){t.addEventListener("keydown",this._onKeyDown),this._domElementKeyEvents=t}stopListenToKeyEvents(){this._domElementKeyEvents!==null&&(this._domElementKeyEvents.removeEventListener("keydown",this._onKeyDown),this._domElementKeyEvents=null)}saveState(){this.target0.copy(this.target),this.position0.copy(this.object.position),this.zoom0=this.object.zoom}reset(){this.target.copy(this.target0),this.object.position.copy(this.position0),this.object.zoom=this.zoom0,this.object.updateProjectionMatrix(),this.dispatchEvent(Km),this.update(),this.state=ge.NONE}pan(t,e){this._pan(t,e),this.update()}dollyIn(t){this._dollyIn(t),this.update()}dollyOut(t){this._dollyOut(t),this.update()}rotateLeft(t){this._rotateLeft(t),this.update()}rotateUp(t){this._rotateUp(t),this.update()}update(t=null){let e=this.object.position;je.copy(e).sub(this.target),je.applyQuaternion(this._quat),this._spherical.setFromVector3(je),this.autoRotate&&this.state===ge.NONE&&this._rotateLeft(this._getAutoRotationAngle(t)),this.enableDamping?(this._spherical.theta+=this._sphericalDelta.theta*this.dampingFactor,this._spherical.phi+=this._sphericalDelta.phi*this.dampingFactor):(this._spherical.theta+=this._sphericalDelta.theta,this._spherical.phi+=this._sphericalDelta.phi);let i=this.minAzimuthAngle,r=this.maxAzimuthAngle;isFinite(i)&&isFinite(r)&&(i<-Math.PI?i+=Ri:i>Math.PI&&(i-=Ri),r<-Math.PI?r+=Ri:r>Math.PI&&(r-=Ri),i<=r?this._spherical.theta=Math.max(i,Math.min(r,this._spherical.theta)):this._spherical.theta=this._spherical.theta>(i+r)/2?Math.max(i,this._spherical.theta):Math.min(r,this._spherical.theta)),this._spherical.phi=Math.max(this.minPolarAngle,Math.min(this.maxPolarAngle,this._spherical.phi)),this._spherical.makeSafe(),this.enableDamping===!0?this.target.addScaledVector(this._panOffset,this.dampingFactor):this.target.add(this._panOffset),this.target.sub(this.cursor),this.target.clampLength(this.minTargetRadius,this.maxTargetRadius),this.target.add(this.cursor);let o=!1;if(this.zoomToCursor&&this._performCursorZoom||this.object.isOrthographicCamera)this._spherical.radius=this._clampDistance(this._spherical.radius);else{let l=this._spherical.radius;this._spherical.radius=this._clampDistance(this._spherical.radius*this._scale),o=l!=this._spherical.radius}if(je.setFromSpherical(this._spherical),je.applyQuaternion(this._quatInverse),e.copy(this.target).add(je),this.object.lookAt(this.target),this.enableDamping===!0?(this._sphericalDelta.theta*=1-this.dampingFactor,this._sphericalDelta.phi*=1-this.dampingFactor,this._panOffset.multiplyScalar(1-this.dampingFactor)):(this._sphericalDelta.set(0,0,0),this._panOffset.set(0,0,0)),this.zoomToCursor&&this._performCursorZoom){let l=null;if(this.object.isPerspectiveCamera){let c=je.length();l=this._clampDistance(c*this._scale);let u=c-l;this.object.position.addScaledVector(this._dollyDirection,u),this.object.updateMatrixWorld(),o=!!u}else if(this.object.isOrthographicCamera){let c=new F(this._mouse.x,this._mouse.y,0);c.unproject(this.object);let u=this.object.zoom;this.object.zoom=Math.max(this.minZoom,Math.min(this.maxZoom,this.object.zoom/this._scale)),this.object.updateProjectionMatrix(),o=u!==this.object.zoom;let d=new F(this._mouse.x,this._mouse.y,0);d.unproject(this.object),this.object.position.sub(d).add(c),this.object.updateMatrixWorld(),l=je.length()}else console.warn("WARNING: OrbitControls.js encountered an unknown camera type - zoom to cursor disabled."),this.zoomToCursor=!1;l!==null&&(this.screenSpacePanning?this.target.set(0,0,-1).transformDirection(this.object.matrix).multiplyScalar(l).add(this.object.position):(xc.origin.copy(this.object.position),xc.direction.set(0,0,-1).transformDirection(this.object.matrix),Math.abs(this.object.up.dot(xc.direction))<CS?this.object.lookAt(this.target):(Jm.setFromNormalAndCoplanarPoint(this.object.up,this.target),xc.intersectPlane(Jm,this.target))))}else if(this.object.isOrthographicCamera){let l=this.object.zoom;this.object.zoom=Math.max(this.minZoom,Math.min(this.maxZoom,this.object.zoom/this._scale)),l!==this.object.zoom&&(this.object.updateProjectionMatrix(),o=!0)}return this._scale=1,this._performCursorZoom=!1,o||this._lastPosition.distanceToSquared(this.object.position)>ed||8*(1-this._lastQuaternion.dot(this.object.quaternion))>ed||this._lastTargetPosition.distanceToSquared(this.target)>ed?(this.dispatchEvent(Km),this._lastPosition.copy(this.object.position),this._lastQuaternion.copy(this.object.quaternion),this._lastTargetPosition.copy(this.target),!0):!1}_getAutoRotationAngle(t){return t!==null?Ri/60*this.autoRotateSpeed*t:Ri/60/60*this.autoRotateSpeed}_getZoomScale(t){let e=Math.abs(t*.01);return Math.pow(.95,this.zoomSpeed*e)}_rotateLeft(t){this._sphericalDelta.theta-=t}_rotateUp(t){this._sphericalDelta.phi-=t}_panLeft(t,e){je.setFromMatrixColumn(e,0),je.multiplyScalar(-t),this._panOffset.add(je)}_panUp(t,e){this.screenSpacePanning===!0?je.setFromMatrixColumn(e,1):(je.setFromMatrixColumn(e,0),je.crossVectors(this.object.up,je)),je.multiplyScalar(t),this._panOffset.add(je)}_pan(t,e){let i=this.domElement;if(this.object.isPerspectiveCamera){let r=this.object.position;je.copy(r).sub(this.target);let o=je.length();o*=Math.tan(this.object.fov/2*Math.PI/180),this._panLeft(2*t*o/i.clientHeight,this.object.matrix),this._panUp(2*e*o/i.clientHeight,this.object.matrix)}else this.object.isOrthographicCamera?(this._panLeft(t*(this.object.right-this.object.left)/this.object.zoom/i.clientWidth,this.object.matrix),this._panUp(e*(this.object.top-this.object.bottom)/this.object.zoom/i.clientHeight,this.object.matrix)):(console.warn("WARNING: OrbitControls.js encountered an unknown camera type - pan disabled."),this.enablePan=!1)}_dollyOut(t){this.object.isPerspectiveCamera||this.object.isOrthographicCamera?this._scale/=t:(console.warn("WARNING: OrbitControls.js encountered an unknown camera type - dolly/zoom disabled."),this.enableZoom=!1)}_dollyIn(t){this.object.isPerspectiveCamera||this.object.isOrthographicCamera?this._scale*=t:(console.warn("WARNING: OrbitControls.js encountered an unknown camera type - dolly/zoom disabled."),this.enableZoom=!1)}_updateZoomParameters(t,e){if(!this.zoomToCursor)return;this._performCursorZoom=!0;let i=this.domElement.getBoundingClientRect(),r=t-i.left,o=e-i.top,l=i.width,c=i.height;this._mouse.x=r/l*2-1,this._mouse.y=-(o/c)*2+1,this._dollyDirection.set(this._mouse.x,this._mouse.y,1).unproject(this.object).sub(this.object.position).normalize()}_clampDistance(t){return Math.max(this.minDistance,Math.min(this.maxDistance,t))}_handleMouseDownRotate(t){this._rotateStart.set(t.clientX,t.clientY)}_handleMouseDownDolly(t){this._updateZoomParameters(t.clientX,t.clientY),this._dollyStart.set(t.clientX,t.clientY)}_handleMouseDownPan(t){this._panStart.set(t.clientX,t.clientY)}_handleMouseMoveRotate(t){this._rotateEnd.set(t.clientX,t.clientY),this._rotateDelta.subVectors(this._rotateEnd,this._rotateStart).multiplyScalar(this.rotateSpeed);let e=this.domElement;this._rotateLeft(Ri*this._rotateDelta.x/e.clientHeight),this._rotateUp(Ri*this._rotateDelta.y/e.clientHeight),this._rotateStart.copy(this._rotateEnd),this.update()}_handleMouseMoveDolly(t){this._dollyEnd.set(t.clientX,t.clientY),this._dollyDelta.subVectors(this._dollyEnd,this._dollyStart),this._dollyDelta.y>0?this._dollyOut(this._getZoomScale(this._dollyDelta.y)):this._dollyDelta.y<0&&this._dollyIn(this._getZoomScale(this._dollyDelta.y)),this._dollyStart.copy(this._dollyEnd),this.zoomToCursor&&(this._performCursorZoom=!0,this._dollyDirection.set(this._mouse.x,this._mouse.y,1).unproject(this.object).sub(this.object.position).normalize()),this.update()}_handleMouseMovePan(t){this._panEnd.set(t.clientX,t.clientY),this._panDelta.subVectors(this._panEnd,this._panStart).multiplyScalar(this.panSpeed),this._pan(this._panDelta.x,this._panDelta.y),this._panStart.copy(this._panEnd),this.update()}_handleMouseWheel(t){this._updateZoomParameters(t.clientX,t.clientY),t.deltaY<0?this._dollyIn(this._getZoomScale(t.deltaY)):t.deltaY>0&&this._dollyOut(this._getZoomScale(t.deltaY)),this.update()}_handleKeyDown(t){let e=!1;switch(t.code){case this.keys.UP:t.ctrlKey||t.metaKey||t.shiftKey?this.enableRotate&&this._rotateUp(Ri*this.keyRotateSpeed/this.domElement.clientHeight):this.enablePan&&this._pan(0,this.keyPanSpeed),e=!0;break;case this.keys.BOTTOM:t.ctrlKey||t.metaKey||t.shiftKey?this.enableRotate&&this._rotateUp(-Ri*this.keyRotateSpeed/this.domElement.clientHeight):this.enablePan&&this._pan(0,-this.keyPanSpeed),e=!0;break;case this.keys.LEFT:t.ctrlKey||t.metaKey||t.shiftKey?this.enableRotate&&this._rotateLeft(Ri*this.keyRotateSpeed/this.domElement.clientHeight):this.enablePan&&this._pan(this.keyPanSpeed,0),e=!0;break;case this.keys.RIGHT:t.ctrlKey||t.metaKey||t.shiftKey?this.enableRotate&&this._rotateLeft(-Ri*this.keyRotateSpeed/this.domElement.clientHeight):this.enablePan&&this._pan(-this.keyPanSpeed,0),e=!0;break}e&&(t.preventDefault(),this.update())}_handleTouchStartRotate(t){if(this._pointers.length===1)this._rotateStart.set(t.pageX,t.pageY);else{let e=this._getSecondPointerPosition(t),i=.5*(t.pageX+e.x),r=.5*(t.pageY+e.y);this._rotateStart.set(i,r)}}_handleTouchStartPan(t){if(this._pointers.length===1)this._panStart.set(t.pageX,t.pageY);else{let e=this._getSecondPointerPosition(t),i=.5*(t.pageX+e.x),r=.5*(t.pageY+e.y);this._panStart.set(i,r)}}_handleTouchStartDolly(t){let e=this._getSecondPointerPosition(t),i=t.pageX-e.x,r=t.pageY-e.y,o=Math.sqrt(i*i+r*r);this._dollyStart.set(0,o)}_handleTouchStartDollyPan(t){this.enableZoom&&this._handleTouchStartDolly(t),this.enablePan&&this._handleTouchStartPan(t)}_handleTouchStartDollyRotate(t){this.enableZoom&&this._handleTouchStartDolly(t),this.enableRotate&&this._handleTouchStartRotate(t)}_handleTouchMoveRotate(t){if(this._pointers.length==1)this._rotateEnd.set(t.pageX,t.pageY);else{let i=this._getSecondPointerPosition(t),r=.5*(t.pageX+i.x),o=.5*(t.pageY+i.y);this._rotateEnd.set(r,o)}this._rotateDelta.subVectors(this._rotateEnd,this._rotateStart).multiplyScalar(this.rotateSpeed);let e=this.domElement;this._rotateLeft(Ri*this._rotateDelta.x/e.clientHeight),this._rotateUp(Ri*this._rotateDelta.y/e.clientHeight),this._rotateStart.copy(this._rotateEnd)}_handleTouchMovePan(t){if(this._pointers.length===1)this._panEnd.set(t.pageX,t.pageY);else{let e=this._getSecondPointerPosition(t),i=.5*(t.pageX+e.x),r=.5*(t.pageY+e.y);this._panEnd.set(i,r)}this._panDelta.subVectors(this._panEnd,this._panStart).multiplyScalar(this.panSpeed),this._pan(this._panDelta.x,this._panDelta.y),this._panStart.copy(this._panEnd)}_handleTouchMoveDolly(t){let e=this._getSecondPointerPosition(t),i=t.pageX-e.x,r=t.pageY-e.y,o=Math.sqrt(i*i+r*r);this._dollyEnd.set(0,o),this._dollyDelta.set(0,Math.pow(this._dollyEnd.y/this._dollyStart.y,this.zoomSpeed)),this._dollyOut(this._dollyDelta.y),this._dollyStart.copy(this._dollyEnd);let l=(t.pageX+e.x)*.5,c=(t.pageY+e.y)*.5;this._updateZoomParameters(l,c)}_handleTouchMoveDollyPan(t){this.enableZoom&&this._handleTouchMoveDolly(t),this.enablePan&&this._handleTouchMovePan(t)}_handleTouchMoveDollyRotate(t){this.enableZoom&&this._handleTouchMoveDolly(t),this.enableRotate&&this._handleTouchMoveRotate(t)}_addPointer(t){this._pointers.push(t.pointerId)}_removePointer(t){delete this._pointerPositions[t.pointerId];for(let e=0;e<this._pointers.length;e++)if(this._pointers[e]==t.pointerId){this._pointers.splice(e,1);return}}_isTrackingPointer(t){for(let e=0;e<this._pointers.length;e++)if(this._pointers[e]==t.pointerId)return!0;return!1}_trackPointer(t){let e=this._pointerPositions[t.pointerId];e===void 0&&(e=new Ht,this._pointerPositions[t.pointerId]=e),e.set(t.pageX,t.pageY)}_getSecondPointerPosition(t){let e=t.pointerId===this._pointers[0]?this._pointers[1]:this._pointers[0];return this._pointerPositions[e]}_customWheelEvent(t){let e=t.deltaMode,i={clientX:t.clientX,clientY:t.clientY,deltaY:t.deltaY};switch(e){case 1:i.deltaY*=16;break;case 2:i.deltaY*=100;break}return t.ctrlKey&&!this._controlActive&&(i.deltaY*=10),i}};function RS(n){this.enabled!==!1&&(this._pointers.length===0&&(this.domElement.setPointerCapture(n.pointerId),this.domElement.ownerDocument.addEventListener("pointermove",this._onPointerMove),this.domElement.ownerDocument.addEventListener("pointerup",this._onPointerUp)),!this._isTrackingPointer(n)&&(this._addPointer(n),n.pointerType==="touch"?this._onTouchStart(n):this._onMouseDown(n),this._cursorStyle==="grab"&&(this.domElement.style.cursor="grabbing")))}function LS(n){this.enabled!==!1&&(n.pointerType==="touch"?this._onTouchMove(n):this._onMouseMove(n))}function IS(n){switch(this._removePointer(n),this._pointers.length){case 0:this.domElement.releasePointerCapture(n.pointerId),this.domElement.ownerDocument.removeEventListener("pointermove",this._onPointerMove),this.domElement.ownerDocument.removeEventListener("pointerup",this._onPointerUp),this.dispatchEvent(Qm),this.state=ge.NONE,this._cursorStyle==="grab"&&(this.domElement.style.cursor="grab");break;case 1:let t=this._pointers[0],e=this._pointerPositions[t];this._onTouchStart({pointerId:t,pageX:e.x,pageY:e.y});break}}function DS(n){let t;switch(n.button){case 0:t=this.mouseButtons.LEFT;break;case 1:t=this.mouseButtons.MIDDLE;break;case 2:t=this.mouseButtons.RIGHT;break;default:t=-1}switch(t){case us.DOLLY:if(this.enableZoom===!1)return;this._handleMouseDownDolly(n),this.state=ge.DOLLY;break;case us.ROTATE:if(n.ctrlKey||n.metaKey||n.shiftKey){if(this.enablePan===!1)return;this._handleMouseDownPan(n),this.state=ge.PAN}else{if(this.enableRotate===!1)return;this._handleMouseDownRotate(n),this.state=ge.ROTATE}break;case us.PAN:if(n.ctrlKey||n.metaKey||n.shiftKey){if(this.enableRotate===!1)return;this._handleMouseDownRotate(n),this.state=ge.ROTATE}else{if(this.enablePan===!1)return;this._handleMouseDownPan(n),this.state=ge.PAN}break;default:this.state=ge.NONE}this.state!==ge.NONE&&this.dispatchEvent(id)}function NS(n){switch(this.state){case ge.ROTATE:if(this.enableRotate===!1)return;this._handleMouseMoveRotate(n);break;case ge.DOLLY:if(this.enableZoom===!1)return;this._handleMouseMoveDolly(n);break;case ge.PAN:if(this.enablePan===!1)return;this._handleMouseMovePan(n);break}}function OS(n){this.enabled===!1||this.enableZoom===!1||this.state!==ge.NONE||(n.preventDefault(),this.dispatchEvent(id),this._handleMouseWheel(this._customWheelEvent(n)),this.dispatchEvent(Qm))}function US(n){this.enabled!==!1&&this._handleKeyDown(n)}function FS(n){switch(this._trackPointer(n),this._pointers.length){case 1:switch(this.touches.ONE){case ds.ROTATE:if(this.enableRotate===!1){this.state=ge.NONE;break}this._handleTouchStartRotate(n),this.state=ge.TOUCH_ROTATE;break;case ds.PAN:if(this.enablePan===!1){this.state=ge.NONE;break}this._handleTouchStartPan(n),this.state=ge.TOUCH_PAN;break;default:this.state=ge.NONE}break;case 2:switch(this.touches.TWO){case ds.DOLLY_PAN:if(this.enableZoom===!1&&this.enablePan===!1)return;this._handleTouchStartDollyPan(n),this.state=ge.TOUCH_DOLLY_PAN;break;case ds.DOLLY_ROTATE:if(this.enableZoom===!1&&this.enableRotate===!1)return;this._handleTouchStartDollyRotate(n),this.state=ge.TOUCH_DOLLY_ROTATE;break;default:this.state=ge.NONE}break;default:this.state=ge.NONE}this.state!==ge.NONE&&this.dispatchEvent(id)}function BS(n){switch(this._trackPointer(n),this.state){case ge.TOUCH_ROTATE:if(this.enableRotate===!1)return;this._handleTouchMoveRotate(n),this.update();break;case ge.TOUCH_PAN:if(this.enablePan===!1)return;this._handleTouchMovePan(n),this.update();break;case ge.TOUCH_DOLLY_PAN:if(this.enableZoom===!1&&this.enablePan===!1)return;this._handleTouchMoveDollyPan(n),this.update();break;case ge.TOUCH_DOLLY_ROTATE:if(this.enableZoom===!1&&this.enableRotate===!1)return;this._handleTouchMoveDollyRotate(n),this.update();break;default:this.state=ge.NONE}}function zS(n){this.enabled!==!1&&n.preventDefault()}function kS(n){n.key==="Control"&&(this._controlActive=!0,this.domElement.ownerDocument.addEventListener("keyup",this._interceptControlUp,{passive:!0,capture:!0}))}function HS(n){n.key==="Control"&&(this._controlActive=!1,this.domElement.ownerDocument.removeEventListener("keyup",this._interceptControlUp,{passive:!0,capture:!0}))}var Hc=df(Jg(),1);var PE={uint8:1,int8:1,uint16:2,int16:2,uint32:4,int32:4,float:4},CE={6:30,7:36,8:38};function RE(n,t){let e={photo:-1,support:-1,sigma:-1},i={photo_id:"photo",support:"support",sigma_mm:"sigma"},r=CE[n.pointDataRecordFormat];for(let{name:o,type:l,length:c}of t)o in i&&(e[i[o]]=r),r+=c??PE[l]??8;return e}var pd=class{constructor(t,e,i){this.tile=t,this.key=e,this.entry=i;let[r,o,l,c]=e.split("-").map(Number);this.depth=r;let u=t.side/2**r;this.side=u;let d=[o,l,c].map((p,m)=>t.low[m]+p*u);this.middle=new F(...d).addScalar(u/2),this.centre=this.middle.clone().applyMatrix4(t.matrix),this.radius=u*Math.sqrt(3)/2,this.octant=(o&1)+2*(l&1)+4*(c&1),this.spacing=Math.min(u/128,u/Math.sqrt(Math.max(i.pointCount,1))),this.children=[],this.points=null,this.loading=!1,this.failed=!1,this.used=0}},kc=class{constructor(t){this.key=t.key,this.told=t,this.nodes=new Map,this.root=null,this.problem=t.problem;let{origin:e,matrix:i,low:r,high:o}=t.enu_from_tile;this.origin=e,this.matrix=new ce().set(...i,0,0,0,1),this.group=new ci,this.group.matrixAutoUpdate=!1,this.group.matrix.copy(this.matrix),this.group.matrixWorldNeedsUpdate=!0;let[l,c]=[new F(...r),new F(...o)];this.extent=Math.max(...c.clone().sub(l).toArray()),this.radius=l.distanceTo(c)/2,this.centre=l.lerp(c,.5).applyMatrix4(this.matrix),this.state="closed",this.get=Sm(t.url,t.version)}get corners(){let{low:t,high:e}=this.told.enu_from_tile;return[0,1,2,3,4,5,6,7].map(i=>new F(...t.map((r,o)=>i>>o&1?e[o]:r)).applyMatrix4(this.matrix))}async open(){let t=await Hc.Copc.create(this.get);this.header=t.header,this.extra=RE(t.header,t.eb);let{cube:e}=t.info;this.side=e[3]-e[0],this.low=e.slice(0,3).map((o,l)=>o-this.origin[l]);let i=[t.info.rootHierarchyPage];for(;i.length;){let o=await Hc.Hierarchy.load(this.get,i.pop());i.push(...Object.values(o.pages));for(let[l,c]of Object.entries(o.nodes))c&&this.nodes.set(l,new pd(this,l,c))}for(let o of this.nodes.values()){let[l,...c]=o.key.split("-").map(Number),u=[l-1,...c.map(d=>d>>1)].join("-");this.nodes.get(u)?.children.push(o)}this.root=this.nodes.get("0-0-0-0")??null;let r=[...this.nodes.values()].reduce((o,l)=>o+l.entry.pointCount,0);if(!this.root||r!==t.header.pointCount)throw new Error("its octree is damaged")}async load(t,e){let{pointDataOffset:i,pointDataLength:r,pointCount:o}=t.entry,l=await this.get(i,i+r);if(l.length!==r)throw new Error("its file ends too early");return e.decode({compressed:l,count:o,format:this.header.pointDataRecordFormat,length:this.header.pointDataRecordLength,scale:this.header.scale,shift:this.header.offset.map((c,u)=>c-this.origin[u]),extra:this.extra,step:t.spacing,low:this.header.min.map((c,u)=>c-this.origin[u]),high:this.header.max.map((c,u)=>c-this.origin[u])})}};var LE=90,IE=4,DE=6,NE=24,OE=2e3,Qg=2,UE=1e6,t_=65535,Vc=class extends EventTarget{constructor(t,e){super(),this.scene=t,this.material=jm(),this.decoder=e,this.tiles=[],this.budget=2e6,this.shown=new Set,this.shownPoints=0,this.hidden=!1,this.alone=null,this.loads=0,this.opening=0,this.awaited=!0,this.tick=0,this.problems=new Map,this.numberOf=new Map,Object.assign(this,e_()),this.listed=null}take(t,e){e.forEach((i,r)=>this.numberOf.set(i.id,r));for(let i of t){if(!i.url){this.problems.set(i.key,i.problem);continue}let r=new kc(i);this.tiles.push(r),this.scene.add(r.group)}this.dispatchEvent(new Event("measured")),this.dispatchEvent(new Event("change")),this.problems.size&&this.dispatchEvent(new Event("problem"))}async openTile(t){t.state="opening",this.opening+=1;try{await t.open(),t.state="open"}catch(e){this.spoilt(t,e)}this.opening-=1,this.dispatchEvent(new Event("change"))}spoilt(t,e){t.state="spoilt";let{message:i}=e,r=e instanceof Nr,o=`delete ${t.told.file} and run \`worldmap merge --area all\``;this.problems.set(t.key,r?i:`${i||e.name}: ${o}`),this.dispatchEvent(new Event("problem"))}get isHidden(){return this.hidden&&!this.alone}set isHidden(t){this.hidden=t}async standAlone(t){this.rejoin();let{ends:e,classes:i,sample:r}=this;this.alone=t,this.ofMap={ends:e,classes:i,sample:r},this.scene.add(t.group),Object.assign(this,e_()),this.opening+=1;try{let o=await t.load();this.alone===t&&this.add(t.root,o)}finally{this.opening-=1,this.dispatchEvent(new Event("change"))}}rejoin(){this.alone&&(this.shown.delete(this.alone.root),this.alone.dispose(),this.alone=null,Object.assign(this,this.ofMap),this.dispatchEvent(new Event("change")))}get drawable(){return this.alone?[this.alone]:this.tiles}get isBusy(){return this.loads>0||this.opening>0||this.awaited}update(t,e,i=this.budget){if(this.tick+=1,this.isHidden)return this.awaited=!1,this.show(new Set),0;let r=new ce().multiplyMatrices(t.projectionMatrix,t.matrixWorldInverse),o=new Vn().setFromProjectionMatrix(r),l=new F().setFromMatrixPosition(t.matrixWorld),c=t.projectionMatrix.elements[5]*e/2,u=new xn,d=y=>{let A=Math.max(l.distanceTo(y.centre)-y.radius*.6,.3);return y.side*c/A},p=y=>(u.set(y.centre,y.radius),o.intersectsSphere(u)),m=[],g=y=>{!y.failed&&p(y)&&m.push({node:y,px:d(y)})},_=[];for(let y of this.drawable)if(y.root)g(y.root);else if(y.state==="closed"&&o.intersectsSphere(u.set(y.centre,y.radius))){let A=Math.max(l.distanceTo(y.centre)-y.radius*.6,.3),I=y.extent*c/A;I>IE&&_.push({tile:y,px:I})}_.sort((y,A)=>A.px-y.px);for(let{tile:y}of _.slice(0,DE-this.opening))this.openTile(y);this.awaited=!1;let M=[],T=new Set,x=0;for(;m.length;){let y=0;for(let N=1;N<m.length;N++)m[N].px>m[y].px&&(y=N);let{node:A,px:I}=m[y];m[y]=m[m.length-1],m.pop();let P=x+A.entry.pointCount;P>i&&T.size||(x=P,A.used=this.tick,A.points?T.add(A):M.push(A),I>LE&&A.children.forEach(g))}this.show(T);for(let y of M){if(this.loads>=NE)break;y.loading||this.load(y)}return this.forget(),M.length}show(t){for(let e of this.shown)t.has(e)||(e.points.visible=!1);this.shownPoints=0;for(let e of[...t].sort((i,r)=>r.depth-i.depth)){let i=new Float32Array(8).fill(UE);for(let r of e.children)t.has(r)&&(i[r.octant]=r.points.userData.finest);e.points.visible=!0,e.points.userData={refined:i,finest:Math.min(e.spacing,...i)},this.shownPoints+=e.entry.pointCount}this.shown=t}async load(t){t.loading=!0,this.loads+=1;try{t.entry.pointCount?this.add(t,await t.tile.load(t,this.decoder)):t.failed=!0}catch(e){t.failed=!0,this.spoilt(t.tile,e)}t.loading=!1,this.loads-=1,this.dispatchEvent(new Event("change"))}add(t,e){let i=new He,r=(c,u,d,p)=>i.setAttribute(c,new ii(u,d,p));r("position",e.position,3,!1),r("colour",e.colour,3,!0),r("sigma",e.sigma,1,!1),r("kind",e.kind,2,!1),r("disc",e.normal,4,!0),r("spacing",e.spacing,1,!1),t.spacing=FE(e.spacing)/1e3;let o=new Uint16Array(e.photo.length);for(let c=0;c<o.length;c++)o[c]=this.numberOf.get(e.photo[c])??t_;r("photo",o,1,!1);let l=new Os(i,this.material);l.frustumCulled=!1,l.matrixAutoUpdate=!1,l.visible=!1,l.onBeforeRender=()=>{let{refined:c,middle:u}=this.material.uniforms;c.value=l.userData.refined,u.value=t.middle,this.material.uniformsNeedUpdate=!0},t.tile.group.add(l),t.points=l,t.depth===0&&this.measure(t,e)}filter(t,e){let i=t.map(o=>e.has(o.id));this.listed=i.every(Boolean)?null:i;let{uniforms:r}=this.material;r.filtered.value=this.listed!==null,r.listed.value.dispose(),r.listed.value=Qu(i)}isDrawn(t,e,i,r){let{clipLow:{value:o},clipHigh:{value:l}}=this.material.uniforms;return t<o.x||e<o.y||i<o.z||t>l.x||e>l.y||i>l.z?!1:this.listed===null||r===t_||this.listed[r]}each(t){for(let{points:e,tile:i}of this.shown){let{position:r,colour:o,photo:l}=e.geometry.attributes,c=i.matrix.elements;for(let u=0;u<r.count;u++){let[d,p,m]=[r.array[3*u],r.array[3*u+1],r.array[3*u+2]],[g,_,M]=[0,1,2].map(T=>c[T]*d+c[T+4]*p+c[T+8]*m+c[T+12]);this.isDrawn(g,_,M,l.array[u])&&t({x:g,y:_,z:M,colour:Array.from(o.array.subarray(3*u,3*u+3))})}}}measure(t,e){let i=e.sigma.length,r=new F,o=[],l=Math.max(...this.drawable.map(m=>m.told.points)),c=Math.max(OE*t.tile.told.points/l,20);for(let m=0;m<i;m+=Math.max(1,Math.floor(i/c)))r.fromArray(e.position,3*m).applyMatrix4(t.tile.matrix),o.push(r.z),this.sample.push(r.clone()),this.classes.add(e.kind[2*m]);o.sort((m,g)=>m-g);let u=(m,g)=>m[Math.floor(g*(m.length-1))],{height:d}=this.ends;d[0]=Math.min(d[0],u(o,.01)),d[1]=Math.max(d[1],u(o,.99));let p=Array.from(e.sigma).sort((m,g)=>m-g);this.ends.sigma=Math.max(this.ends.sigma,u(p,.95)/1e3);for(let m=0;m<i;m++)this.ends.support=Math.max(this.ends.support,Math.min(e.kind[2*m+1],8));this.dispatchEvent(new Event("measured"))}get outline(){let t=i=>i.reduce((r,o)=>r+o.told.points,0);return t(this.drawable.filter(i=>i.root?.points))>.9*t(this.drawable)?this.sample:this.drawable.flatMap(i=>i.corners)}forget(){let t=[],e=0;for(let i of this.tiles)for(let r of i.nodes.values())r.points&&(e+=r.entry.pointCount,!r.points.visible&&r.depth&&t.push(r));if(!(e<=Qg*this.budget)){t.sort((i,r)=>i.used-r.used);for(let i of t){if(e<=Qg*this.budget)break;i.tile.group.remove(i.points),i.points.geometry.dispose(),i.points=null,e-=i.entry.pointCount}}}};function e_(){return{ends:{height:[1/0,-1/0],sigma:0,support:1},classes:new Set,sample:[]}}function FE(n){let t=Math.ceil(n.length/500),e=n.filter((i,r)=>r%t===0).sort();return e[e.length>>1]}var BE=`
  varying vec2 at;
  void main() {
    at = uv;
    gl_Position = vec4(position.xy, 0.0, 1.0);
  }
`,zE=`
  uniform sampler2D colours, depths, sums;
  uniform bool blended;
  uniform vec2 texel, pixel;
  uniform float near, far, strength;
  uniform vec3 background;
  varying vec2 at;
  float logRange(vec2 where) {
    float depth = texture2D(depths, where).r;
    if (depth >= 1.0) return 0.0;
    return log2(near * far / (far - depth * (far - near)));
  }
  // How far behind it lies what may be the same surface (the points' material tells it), and no less
  // than 1 % of the range, which points of one surface are off by.
  float sameRange(vec2 where) {
    return max(float(LEAST_STEP), float(THICKEST) * (1.0 - texture2D(colours, where).a));
  }
  vec3 colourAt(vec2 where) {
    vec4 sum = blended ? texture2D(sums, where) : vec4(0.0);
    return sum.a > 0.0 ? sum.rgb / sum.a : texture2D(colours, where).rgb;
  }
  // A pixel that nothing covers and that has points on both sides, along three of the four lines
  // through it, lies between points of a surface: it gets their mean.
  vec3 between() {
    int lines = 0;
    vec3 total = vec3(0.0);
    for (int i = 0; i < 4; i++) {
      vec2 way = pixel * (i == 0 ? vec2(1, 0) : i == 1 ? vec2(0, 1) : i == 2 ? vec2(1, 1) : vec2(1, -1));
      vec2 one = vec2(0.0);
      vec2 other = vec2(0.0);
      for (float step = float(GAP_PX); step > 0.5; step -= 1.0) {
        if (texture2D(depths, at + step * way).r < 1.0) one = step * way;
        if (texture2D(depths, at - step * way).r < 1.0) other = -step * way;
      }
      if (one == vec2(0.0) || other == vec2(0.0)) continue;
      lines += 1;
      total += colourAt(at + one) + colourAt(at + other);
    }
    return lines < 3 ? background : total / float(2 * lines);
  }
  void main() {
    float depth = texture2D(depths, at).r;
    gl_FragDepth = depth;
    if (depth >= 1.0) {
      gl_FragColor = vec4(blended ? between() : background, 1.0);
      return;
    }
    float here = logRange(at);
    float same = sameRange(at);
    float sum = 0.0;
    for (int i = 0; i < 4; i++) {
      vec2 way = texel * (i == 0 ? vec2(1, 0) : i == 1 ? vec2(-1, 0) : i == 2 ? vec2(0, 1) : vec2(0, -1));
      float there = logRange(at + way);
      float beyond = logRange(at - way);
      if (there == 0.0) continue;
      // Where it goes on as steeply to the other side it is a slope. A step is a step: how deep it is
      // says little, and black rims say nothing.
      float slope = beyond == 0.0 ? 0.0 : max(beyond - here, 0.0);
      sum += clamp(here - there - slope - max(same, sameRange(at + way)), 0.0, 0.06);
    }
    float shade = exp(-sum * strength);
    gl_FragColor = vec4(colourAt(at) * shade, 1.0);
  }
`,i_=6,kE=3,HE=.015;function n_({extensions:n}){return n.has("EXT_color_buffer_float")||n.has("EXT_color_buffer_half_float")}var Gc=class{constructor(){this.target=new hi(1,1,{depthTexture:new dn(1,1,Vi),minFilter:Ae,magFilter:Ae}),this.sums=new hi(1,1,{depthTexture:this.target.depthTexture,type:Gi,minFilter:Ae,magFilter:Ae}),this.material=new ti({vertexShader:BE,fragmentShader:zE,defines:{GAP_PX:kE,LEAST_STEP:HE,THICKEST:_c},uniforms:{colours:{value:this.target.texture},depths:{value:this.target.depthTexture},texel:{value:new Ht},pixel:{value:new Ht},near:{value:.1},far:{value:1e3},strength:{value:i_},sums:{value:this.sums.texture},blended:{value:!1},background:{value:new se}},depthTest:!1,depthWrite:!0}),this.scene=new yn;let t=new Qe(new Wn(2,2),this.material);t.frustumCulled=!1,this.scene.add(t),this.flat=new Xn}render(t,e,i,r,{lit:o,blended:l}){let c=t.getDrawingBufferSize(new Ht);(this.target.width!==c.x||this.target.height!==c.y)&&(this.target.setSize(c.x,c.y),this.sums.setSize(c.x,c.y));let{uniforms:u}=this.material;u.texel.value.set(1.2/c.x,1.2/c.y),u.pixel.value.set(1/c.x,1/c.y),u.near.value=i.near,u.far.value=i.far,u.background.value.copy(r),t.setRenderTarget(this.target),t.setClearColor(r,1),t.clear(),t.render(e,i),u.strength.value=o?i_:0,u.blended.value=!!l,l&&(t.setRenderTarget(this.sums),t.setClearColor(0,0),t.clear(!0,!1),td(l,!0),t.render(e,i),td(l,!1)),t.setRenderTarget(null),t.clear(),this.material.depthFunc=dr,this.material.depthTest=!0,t.render(this.scene,this.flat)}};var VE=90,s_=60,Vo=class{constructor(t,e){this.group=new ci,t.add(this.group),this.loader=new Us,this.items=[],this.selected=null,this.size=GE(e);for(let i of e)i.enu_from_cam&&this.items.push(this.pyramid(i))}pyramid(t){let{camera:e}=t,{position:i,quaternion:r}=ms(t),o=this.size,l=(b,C)=>new F((b-e.cx)/e.fx*o,-(C-e.cy)/e.fy*o,-o),{width:c,height:u}=e,d=[l(0,0),l(c,0),l(c,u),l(0,u)],p=new F,m=[];d.forEach((b,C)=>m.push(p,b,b,d[(C+1)%4]));let _=d[0].clone().lerp(d[1],.5).clone().add(new F(0,.16*o,0));m.push(d[0].clone().lerp(d[1],.4),_),m.push(_,d[0].clone().lerp(d[1],.6));let M=new br(new He().setFromPoints(m),new Gn({color:Wi[t.status].colour})),[T,x,y,A]=d,I=new He().setFromPoints([T,A,y,T,y,x]),P=[0,1,0,0,1,0,0,1,1,0,1,1];I.setAttribute("uv",new ni(P,2));let N=new Qe(I,new xr({color:Wi[t.status].colour,side:Pi,transparent:!0,opacity:.18})),D=new ci;return D.add(M,N),D.position.copy(i),D.quaternion.copy(r),this.group.add(D),{photo:t,item:D,lines:M,picture:N,texture:null,asked:!1}}fit(t,e){for(let{item:i}of this.items){let r=this.size*e/Math.max(i.position.distanceTo(t),.05);i.scale.setScalar(Math.min(1,VE/r))}}filter(t){for(let{photo:e,item:i}of this.items)i.visible=t.has(e.id)}update(t,e){if(!this.group.visible)return;[...this.items].sort((r,o)=>r.item.position.distanceTo(t)-o.item.position.distanceTo(t)).forEach((r,o)=>{o<s_&&!r.asked?this.dress(r,e):o>=2*s_&&r.texture&&this.undress(r)})}dress(t,e){t.asked=!0,this.loader.load(Xi(`photos/${t.photo.id}/thumb.jpg`),i=>{t.texture=i,t.picture.material.map=i,t.picture.material.color.set("#ffffff"),t.picture.material.opacity=.92,t.picture.material.needsUpdate=!0,e()},void 0,()=>{})}undress(t){t.texture.dispose(),t.texture=null,t.asked=!1,t.picture.material.map=null,t.picture.material.opacity=.18,t.picture.material.needsUpdate=!0}leave(){this.items.forEach(t=>t.texture?.dispose()),this.group.removeFromParent()}select(t){for(let e of this.items){let i=e.photo===t;e.lines.material.color.set(i?"#ffd400":Wi[e.photo.status].colour)}}pick(t){if(!this.group.visible)return null;let e=t.intersectObjects(this.items.filter(r=>r.item.visible).map(r=>r.picture),!1);if(!e.length)return null;let{photo:i}=this.items.find(r=>r.picture===e[0].object);return{photo:i,distance:e[0].distance}}};function GE(n){let t=n.map(e=>e.far_m).filter(e=>e>0);return t.sort((e,i)=>e-i),t.length?Math.min(Math.max(t[t.length>>1]*.05,.25),2.5):1}var Xc=class{constructor(t){this.points=[],this.errors=[],this.line=new Mr(new He,new Gn({color:"#ffd400",depthTest:!1})),this.dots=new Os(this.line.geometry,new Sr({color:"#ffd400",size:9,sizeAttenuation:!1,depthTest:!1}));for(let e of[this.line,this.dots])e.frustumCulled=!1,e.renderOrder=10,t.add(e);this.redraw()}add(t,e,i){this.points.push(t.clone()),this.errors.push(e===void 0?null:{sigma:e,scale:i??0}),this.redraw()}undo(){this.points.pop(),this.errors.pop(),this.redraw()}clear(){this.points=[],this.errors=[],this.redraw()}redraw(){this.line.geometry.dispose(),this.line.geometry=new He().setFromPoints(this.points),this.dots.geometry=this.line.geometry,this.line.visible=this.points.length>1,this.dots.visible=this.points.length>0}get result(){let{points:t}=this,e={total:0,level:0},i={total:t.map(Wc),level:t.map(Wc),rise:t.map(Wc),area:t.map(Wc)};for(let d=1;d<t.length;d++){let p=t[d].clone().sub(t[d-1]),m=p.clone().setZ(0);for(let[g,_]of[["total",p],["level",m]])e[g]+=_.length(),_.normalize(),i[g][d].add(_),i[g][d-1].sub(_)}let r=t.length>1?t.at(-1).z-t[0].z:0;t.length>1&&(i.rise[0].z-=1,i.rise.at(-1).z+=1);let o=new F,l=d=>t[(d+1)%t.length];t.forEach((d,p)=>o.add(d.clone().sub(t[0]).cross(l(p).clone().sub(t[0]))));let c=o.length()/2,u=o.normalize();return t.forEach((d,p)=>{let m=t[(p-1+t.length)%t.length];i.area[p].copy(l(p)).sub(m).cross(u).multiplyScalar(.5)}),{...e,rise:r,area:c,sigma:this.sigma({...e,rise:r,area:c},i)}}sigma(t,e){if(!this.points.length||this.errors.includes(null))return null;let i=Math.max(...this.errors.map(o=>o.scale)),r=(o,l)=>{let c=e[o].map((u,d)=>u.length()*this.errors[d].sigma);return Math.hypot(...c,l*i*t[o])};return{total:r("total",1),level:r("level",1),rise:r("rise",1),area:r("area",2)}}},Wc=()=>new F;var WE=`
  varying vec2 at;
  void main() {
    at = uv;
    gl_Position = vec4(position.xy, -1.0, 1.0);
  }
`,XE=`
  uniform sampler2D picture;
  uniform vec4 lens; // tangents of left, right, bottom, top
  uniform vec2 focal, centre, size;
  uniform float k1, k2, p1, p2, k3, opacity, widest;
  uniform mat3 turn; // the photo's axes from the screen's, three.js's both
  varying vec2 at;
  void main() {
    vec3 ray = turn * vec3(mix(lens.x, lens.y, at.x), mix(lens.z, lens.w, at.y), -1.0);
    if (ray.z >= -0.01) discard; // beside or behind
    float x = ray.x / -ray.z;
    float y = ray.y / ray.z;
    if (abs(x) > widest) discard;
    float r2 = x * x + y * y;
    float radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3));
    vec2 bent = vec2(
      x * radial + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x),
      y * radial + p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y
    );
    vec2 place = (focal * bent + centre) / size;
    if (any(lessThan(place, vec2(0.0))) || any(greaterThan(place, vec2(1.0)))) discard;
    gl_FragColor = vec4(texture2D(picture, vec2(place.x, 1.0 - place.y)).rgb, opacity);
  }
`,ZE=Math.tan(Math.PI/4),md=class{constructor(t,e){this.photo=t;let{camera:i}=t,r={picture:{value:null},lens:{value:new Re},focal:{value:new Ht(i.fx,i.fy)},centre:{value:new Ht(i.cx,i.cy)},size:{value:new Ht(i.width,i.height)},turn:{value:new Jt},widest:{value:e},opacity:{value:0}};["k1","k2","p1","p2","k3"].forEach((o,l)=>{r[o]={value:i.distortion[l]}}),this.material=new ti({vertexShader:WE,fragmentShader:XE,uniforms:r,transparent:!0,depthTest:!1,depthWrite:!1}),this.scene=new yn,this.quad=new Qe(new Wn(2,2),this.material),this.quad.frustumCulled=!1,this.scene.add(this.quad),this.fromScene=ms(t).quaternion.invert()}async load(){let t=Xi(`photos/${this.photo.id}/photo.jpg`),e;try{e=await new Us().loadAsync(t)}catch{throw new Error(`${this.photo.name} cannot be read: was it moved or deleted?`)}e.minFilter=ki,this.isGone?e.dispose():this.material.uniforms.picture.value=e}render(t,e,i,r,o){let{uniforms:l}=this.material;if(!l.picture.value)return;l.lens.value.set(i.l,i.r,i.b,i.t),l.opacity.value=r;let c=o?this.fromScene.clone().multiply(o):new qe;l.turn.value.setFromMatrix4(new ce().makeRotationFromQuaternion(c)),t.render(this.scene,e)}close(){this.isGone=!0,this.material.uniforms.picture.value?.dispose(),this.material.dispose(),this.quad.geometry.dispose()}},Zc=class{constructor(){this.flat=new Xn,this.layers=[]}get ready(){return!!this.layers[0]?.material.uniforms.picture.value}async open(t,e=[],i=()=>{}){this.close();let r=e.length>1?ZE:1e6,o=[t,...e].map(l=>new md(l,r));if(this.layers=o,await o[0].load(),this.layers===o)for(let l of o.slice(1))l.load().then(i,()=>{})}close(){for(let t of this.layers)t.close();this.layers=[]}render(t,e,i,r){if(!(i<=0))for(let o of r?this.layers:this.layers.slice(0,1))o.render(t,this.flat,e,i,r)}};var r_=16,qE=1500,o_=[.28,.5,.72],YE=24,$E=.2,[jE,KE]=[.7,.7],a_=.35,Gs=.995,l_=1.06,c_=8,JE=.01,QE=.7,Ws=(n,t)=>n[Math.round(t*(n.length-1))],qc=n=>n.sort((t,e)=>t-e);function u_(n,t,e=[],i=[]){let r=Math.ceil(n.length/qE),o=n.filter((T,x)=>x%r===0);if(!o.length)return{position:new F(0,-20,15),target:new F};let l=new F(...["x","y","z"].map(T=>{let x=qc(o.map(y=>y[T]));return(Ws(x,1-Gs)+Ws(x,Gs))/2})),c=null,u=tT(o,i),d=Array.from({length:r_},(T,x)=>x/r_*2*Math.PI),p=nT(o,e),m=u===null?o_.flatMap(T=>d.map(x=>[x,T])):[u-a_,u+a_].map(T=>[T,o_[0]]);for(let[T,x]of m){let y=new F(-Math.sin(T)*Math.cos(x),-Math.cos(T)*Math.cos(x),Math.sin(x)),A=new F(Math.cos(T),-Math.sin(T),0),I=new F().crossVectors(y,A),P={right:A,up:I,back:y},N=l.clone(),D=0;for(let C=0;C<c_&&(D=eT(o,N,P,t,e),!(C===c_-1||iT(o,N,P,t,D,e)<JE));C++);let b=sT(o,p,N,P,t,D)*(1+.1*Math.cos(T));(!c||b>c.worth)&&(c={worth:b,away:D,back:y,target:N})}let{away:g,back:_,target:M}=c;return{position:M.clone().addScaledVector(_,g),target:M}}function tT(n,t){let e=t.reduce((d,p)=>d.add(p),new F).setZ(0);if(!t.length||e.length()<jE*t.length)return null;let i=n.reduce((d,p)=>d.add(p),new F).divideScalar(n.length),[r,o,l]=[0,0,0];for(let d of n){let[p,m]=[d.x-i.x,d.y-i.y];r+=p*p,o+=p*m,l+=m*m}let c=Math.atan2(2*o,r-l)/2;return Math.abs(e.x*Math.cos(c)+e.y*Math.sin(c))<KE*e.length()?Math.atan2(e.x,e.y):null}function eT(n,t,{right:e,up:i,back:r},o,l){let c=n.map(M=>M.clone().sub(t)),u=M=>Math.max(Math.abs(M.dot(e))/o.r,Math.abs(M.dot(i))/o.t)+M.dot(r),d=qc(c.map(u)),p=l.reduce((M,T)=>Math.max(M,u(T.clone().sub(t))),0),m=qc(c.map(M=>M.dot(r))),[g,_]=[Ws(m,1-Gs),Ws(m,Gs)];return Math.max(Ws(d,Gs)*l_,p*l_,_+QE*(_-g),6)}function h_(n,t,e,i,r,o){return qc(n.map(l=>{let c=l.clone().sub(t);return c.dot(e)/Math.max(o-c.dot(r),.2*o)/i}))}function iT(n,t,{right:e,up:i,back:r},o,l,c){let u=(m,g)=>{let _=h_(n,t,m,g,r,l),M=h_(c,t,m,g,r,l),T=Math.min(Ws(_,1-Gs),M[0]??1/0),x=Math.max(Ws(_,Gs),M.at(-1)??-1/0);return(T+x)/2*l*g},[d,p]=[u(e,o.r),u(i,o.t)];return t.addScaledVector(e,d).addScaledVector(i,p),Math.hypot(d,p)/l}function nT(n,t){return t.length?n.map(e=>{let i=t.reduce((r,o)=>r.distanceToSquared(e)<o.distanceToSquared(e)?r:o);return e.clone().sub(i).normalize()}):null}function sT(n,t,e,{right:i,up:r,back:o},l,c){let u=2*Math.min(l.r,l.t)/YE,d=e.clone().addScaledVector(o,c),p=new Map;return n.forEach((m,g)=>{let _=m.clone().sub(d),M=-_.dot(o);if(M<=0)return;let[T,x]=[_.dot(i)/M,_.dot(r)/M];if(Math.abs(T)>l.r||Math.abs(x)>l.t)return;let y=`${Math.floor(T/u)} ${Math.floor(x/u)}`;p.has(y)&&p.get(y).depth<=M||p.set(y,{depth:M,fronts:!t||_.normalize().dot(t[g])>$E})}),[...p.values()].filter(({fronts:m})=>m).length+.001*p.size}var rT=.05,oT=5e3,aT=.002,gd=46,lT=2,cT=.05,hT=2.5,Yc=class{constructor(t){this.photo=t,this.key=t.name,this.told={points:1},this.state="open",this.matrix=new ce,this.group=new ci,this.nodes=new Map,this.root=null,this.level=null}get corners(){if(!this.box)return[];let{min:t,max:e}=this.box;return[0,1,2,3,4,5,6,7].map(i=>new F(...["x","y","z"].map((r,o)=>(i>>o&1?e:t)[r])))}get stood(){let[t,e,i,r,o,l,c,u,d]=this.level;return{...this.photo,enu_from_cam:[t,e,i,0,r,o,l,0,c,u,d,0]}}async load(){let{id:t}=this.photo,[e,i]=await Promise.all([Ji(`photos/${t}/own.bin`),Ji(`photos/${t}/photo.jpg`)]),r=uT(e);this.level=r.level;let o=fT(this.photo,r,await dT(i,r)),l=o.sigma.length;if(!l)throw new Error(`${this.photo.name}: nothing of its depth can be trusted`);this.told={points:l};let c=new ri().setFromArray(o.position);this.box=c;let[u,d]=[c.getCenter(new F),c.getSize(new F)];return this.root={tile:this,key:"0-0-0-0",entry:{pointCount:l},depth:0,side:Math.max(...d.toArray()),middle:u,centre:u,radius:d.length()/2,octant:0,spacing:0,children:[],points:null},this.nodes.set(this.root.key,this.root),o}dispose(){this.group.removeFromParent(),this.root?.points?.geometry.dispose()}};function uT(n){let t=new DataView(n.buffer,n.byteOffset,n.byteLength),[e,i,r,o,l]=[0,2,4,6,8].map(m=>t.getUint16(m,!0)),c=Array.from({length:9},(m,g)=>t.getFloat32(10+4*g,!0)),u=e*i;if(n.byteLength!==gd+3*u)throw new Error("its depth ends too early");let d=new Float32Array(u);for(let m=0;m<u;m++){let g=t.getUint16(gd+2*m,!0);d[m]=g?rT*Math.exp((g-1)/oT):0}let p=n.subarray(gd+2*u);return{width:e,height:i,fullWidth:r,fullHeight:o,step:l,level:c,range:d,share:p}}async function dT(n,{fullWidth:t,fullHeight:e}){let i=await createImageBitmap(new Blob([n],{type:"image/jpeg"}),{resizeWidth:t,resizeHeight:e,resizeQuality:"medium"}),o=new OffscreenCanvas(t,e).getContext("2d",{willReadFrequently:!0});return o.drawImage(i,0,0),o.getImageData(0,0,t,e).data}function fT(n,t,e){let{width:i,height:r,fullWidth:o,fullHeight:l,step:c,level:u,range:d,share:p}=t,{camera:m}=n,g=i*r,_=new Float32Array(3*g),M=[],T=I=>I*c+(c>>1)+.5;for(let I=0;I<r;I++)for(let P=0;P<i;P++){let N=I*i+P,D=d[N];if(!D)continue;let b=[(T(P)/o*m.width-m.cx)/m.fx,(T(I)/l*m.height-m.cy)/m.fy],C=Vu(...b,m.distortion);if(!C){d[N]=0;continue}let X=[C[0]*D,C[1]*D,D];for(let z=0;z<3;z++)_[3*N+z]=u[3*z]*X[0]+u[3*z+1]*X[1]+u[3*z+2]*X[2];M.push(N)}let x=M.length,y={position:new Float32Array(3*x),colour:new Uint8Array(3*x),sigma:new Uint16Array(x),kind:new Uint8Array(2*x),photo:new Uint32Array(x).fill(n.id),normal:new Int8Array(4*x),spacing:new Uint16Array(x)},A=c/o*(m.width/m.fx);return M.forEach((I,P)=>{let N=_.subarray(3*I,3*I+3);y.position.set(N,3*P);let[D,b]=[Math.floor(I/i),I%i],C=4*((D*c+(c>>1))*o+b*c+(c>>1));y.colour.set(e.subarray(C,C+3),3*P),y.sigma[P]=_d(aT*p[I]*Math.hypot(...N)),y.kind.set([0,1],2*P);let X=d[I],z=d_(_,d,I,b,i,1),G=d_(_,d,I,D,r,i),K=z&&G&&pT(z,G),ot=K?Math.hypot(...K):0;if(!(ot>0)){y.spacing[P]=_d(A*X);return}y.normal.set([...K.map(it=>Math.round(127*it/ot)),127],4*P);let B=Math.max(Math.hypot(...z),Math.hypot(...G));y.spacing[P]=_d(Math.min(B,hT*A*X))}),y}function d_(n,t,e,i,r,o){let l=p=>i+p>=0&&i+p<r&&t[e+p*o]>0&&Math.abs(t[e+p*o]-t[e])<cT*t[e],c=p=>{let m=0;for(;Math.abs(m)<lT&&l(m+p);)m+=p;return m},[u,d]=[c(-1),c(1)];return u===d?null:[0,1,2].map(p=>(n[3*(e+d*o)+p]-n[3*(e+u*o)+p])/(d-u))}var pT=(n,t)=>[n[1]*t[2]-n[2]*t[1],n[2]*t[0]-n[0]*t[2],n[0]*t[1]-n[1]*t[0]],_d=n=>Math.min(Math.max(Math.round(1e3*n),1),65535);var f_=9;function p_(n,t,e,i,r,o){let l=new ce().multiplyMatrices(t.projectionMatrix,t.matrixWorldInverse),c=new F,u=null;for(let m of n.shown){let g=new ce().multiplyMatrices(l,m.tile.matrix).elements;c.copy(m.centre).applyMatrix4(t.matrixWorldInverse);let _=-c.z;if(_+m.radius<0)continue;let M=t.projectionMatrix.elements[5]*o/2,T=m.radius/Math.max(_-m.radius,.1)*M+f_;c.copy(m.centre).applyMatrix4(l);let[x,y]=[(c.x+1)/2*r,(1-c.y)/2*o];if(_>m.radius&&Math.hypot(x-e,y-i)>T)continue;let{array:A}=m.points.geometry.attributes.position;for(let I=0;I<A.length;I+=3){let[P,N,D]=[A[I],A[I+1],A[I+2]],b=g[3]*P+g[7]*N+g[11]*D+g[15];if(b<=0)continue;let C=((g[0]*P+g[4]*N+g[8]*D+g[12])/b+1)/2*r,X=(1-(g[1]*P+g[5]*N+g[9]*D+g[13])/b)/2*o,z=Math.hypot(C-e,X-i);if(z>f_)continue;let G=b*(1+.02*z);u&&G>=u.cost||mT(n,m,I/3)&&(u={cost:G,node:m,index:I/3})}}if(!u)return null;let{attributes:d}=u.node.points.geometry;return{position:new F().fromBufferAttribute(d.position,u.index).applyMatrix4(u.node.tile.matrix),sigma:d.sigma.getX(u.index)/1e3,class:d.kind.getX(u.index),support:d.kind.getY(u.index),photo:d.photo.getX(u.index)}}function mT(n,{points:t,tile:e},i){let{position:r,photo:o}=t.geometry.attributes,l=new F().fromBufferAttribute(r,i).applyMatrix4(e.matrix);return n.isDrawn(l.x,l.y,l.z,o.getX(i))}var gT=1e8,_T=16e6,vT=2048,yT=.8,xT=`
  varying vec2 at;
  varying vec3 world;
  void main() {
    at = uv;
    vec4 place = modelMatrix * vec4(position, 1.0);
    world = place.xyz;
    gl_Position = projectionMatrix * viewMatrix * place;
  }
`,MT=`
  uniform sampler2D picture;
  uniform vec3 clipLow, clipHigh;
  varying vec2 at;
  varying vec3 world;
  void main() {
    if (any(lessThan(world, clipLow)) || any(greaterThan(world, clipHigh))) discard;
    gl_FragColor = vec4(texture2D(picture, at).rgb, 1.0);
  }
`,vd=class{constructor(t,e){this.told=t,this.surface=e,this.box=new ri(new F(...t.low),new F(...t.high)),this.box.applyMatrix4(e.group.matrix),this.mesh=null,this.texels=0,this.loading=!1,this.failed=!1}},$c=class extends EventTarget{constructor(t,e,i){super(),this.clip=i,this.loads=0,this.away=!1,this.isPhone=matchMedia("(max-width: 820px)").matches,this.surfaces=e.map(({name:r,enu_from_surface:o,parts:l})=>{let c=new ci;c.matrixAutoUpdate=!1,c.matrix.set(...o,0,0,0,1),c.matrixWorldNeedsUpdate=!0,t.add(c);let u={name:r,group:c,wanted:!0};return u.parts=l.map(d=>new vd(d,u)),u}),this.parts=this.surfaces.flatMap(({parts:r})=>r)}get isBusy(){return this.loads>0}get corners(){return this.parts.flatMap(({box:{min:t,max:e}})=>[0,1,2,3,4,5,6,7].map(i=>new F(...["x","y","z"].map((r,o)=>i>>o&1?e[r]:t[r]))))}update(t){let e=this.isPhone?_T:gT,i=this.parts.filter(c=>c.surface.group.visible&&!c.failed),r=new Map(i.map(c=>[c,c.box.distanceToPoint(t.position)*(c.mesh?yT:1)]));i.sort((c,u)=>r.get(c)-r.get(u));let o=0,l=new Set;for(let c of i){if(o>=e)break;if(o+=c.texels,l.add(c),!c.mesh){this.isBusy||this.load(c);break}}if(!(o<e))for(let c of i)c.mesh&&!l.has(c)&&this.free(c)}async load(t){t.loading=!0,this.loads+=1;try{let[e,i]=await Promise.all([Ji(t.told.corners),ST(Xi(t.told.picture))]);t.mesh=new Qe(bT(e),this.materialOf(i)),t.mesh.matrixAutoUpdate=!1;let{picture:r}=t.mesh.material.uniforms;t.texels=r.value.image.width*r.value.image.height,t.surface.group.add(t.mesh)}catch(e){t.failed=!0,this.dispatchEvent(new CustomEvent("problem",{detail:`${t.surface.name}: ${e.message}`}))}t.loading=!1,this.loads-=1,this.dispatchEvent(new Event("change"))}materialOf(t){let e=new si(this.isPhone?wT(t,vT):t);return e.flipY=!1,e.minFilter=ki,e.needsUpdate=!0,new ti({vertexShader:xT,fragmentShader:MT,uniforms:{picture:{value:e},...this.clip},side:Pi})}free(t){t.surface.group.remove(t.mesh),t.mesh.material.uniforms.picture.value.dispose(),t.mesh.material.dispose(),t.mesh.geometry.dispose(),t.mesh=null,t.texels=0}show(t,e){this.surfaces[t].wanted=e,this.tell()}put(t){this.away=t,this.tell()}tell(){for(let{group:t,wanted:e}of this.surfaces)t.visible=e&&!this.away}meets(t){let{clipLow:{value:e},clipHigh:{value:i}}=this.clip,r=this.parts.filter(c=>c.mesh&&c.surface.group.visible),o=new ri(e,i);return t.intersectObjects(r.map(c=>c.mesh),!1).find(({point:c})=>o.containsPoint(c))?.point??null}};function bT(n){let t=new DataView(n.buffer,n.byteOffset,n.byteLength),[e,i]=[t.getUint32(0,!0),t.getUint32(4,!0)],r=n.byteOffset+8,o=(c,u,d)=>new c(n.buffer.slice(r+4*u,r+4*(u+d))),l=new He;return l.setAttribute("position",new ii(o(Float32Array,0,3*e),3)),l.setAttribute("uv",new ii(o(Float32Array,3*e,2*e),2)),l.setIndex(new ii(o(Uint32Array,5*e,3*i),1)),l.computeBoundingSphere(),l}async function ST(n){let t=new Image;t.src=n;try{await t.decode()}catch{throw new Error("its picture cannot be read")}return t}function wT(n,t){let e=Math.min(1,t/Math.max(n.naturalWidth,n.naturalHeight));if(e===1)return n;let i=document.createElement("canvas");return i.width=Math.round(e*n.naturalWidth),i.height=Math.round(e*n.naturalHeight),i.getContext("2d").drawImage(n,0,0,i.width,i.height),i}var yd=55,m_=900,ET=90,TT=300,g_=80*Math.PI/180,AT=6,PT=250,CT=60,__=1e5,RT=5,LT=250,[IT,DT]=[.25,.12];ae.enabled=!1;function v_(n){let t=new ec({canvas:n,antialias:!1});return t.outputColorSpace=Ds,t.autoClear=!1,t}var jc=class extends EventTarget{constructor(t,e,i,r,{photos:o,surfaces:l}){super(),this.canvas=t,this.site=r,this.photos=o,this.renderer=e,this.camera=new vi(yd,1,.1,6e3),this.camera.up.set(0,0,1),this.camera.matrixAutoUpdate=!0,this.lens=Or(yd,1),this.points=new yn,this.things=new yn,this.cloud=new Vc(this.points,i);let{clipLow:c,clipHigh:u}=this.cloud.material.uniforms;this.surfaces=new $c(this.points,l,{clipLow:c,clipHigh:u}),this.frusta=new Vo(this.things,o),this.measure=new Xc(this.things),this.overlay=new Zc,this.eyeDome=new Gc,this.background=new se("#10161a"),this.lit=!0,this.litByHand=!1,this.blends=n_(e),this.blendsByHand=!1,this.slowStill=0,this.settled=!1,this.slow=0,this.photo=null,this.alone=null,this.ofMap=null,this.returnTo=null,this.opacity=.5,this.marking=!1,this.zoom={factor:1,centre:null},this.flight=null,this.overviewed=0,this.moved=!1,this.dirty=!0,this.drawnPoints=0,this.frames=0,this.lastMs=0,this.isStill=!1,this.msPerPoint=0,this.movedAt=-1e9,this.drawnAt=-1e9,this.controls=new Mc(this.camera,t),Object.assign(this.controls,{enableDamping:!0,dampingFactor:.15,zoomToCursor:!0,screenSpacePanning:!0,minDistance:.3,maxDistance:5e3,maxPolarAngle:Math.PI*.98}),this.controls.addEventListener("change",()=>{this.movedAt=performance.now(),this.redraw()}),this.controls.addEventListener("start",()=>{this.moved=!0,this.flight=null}),this.controls.addEventListener("end",()=>this.dispatchEvent(new Event("rest"))),this.cloud.addEventListener("change",()=>this.redraw()),this.surfaces.addEventListener("change",()=>this.redraw()),this.cloud.addEventListener("measured",()=>this.overviewUnlessMoved()),new ResizeObserver(()=>this.resize()).observe(t.parentElement),t.addEventListener("webglcontextlost",p=>{p.preventDefault();let m="The graphics card let go of the picture; load the page again if it stays.";this.dispatchEvent(new CustomEvent("trouble",{detail:m}))}),this.listen(),this.resize(),this.overview();let d=p=>{this.step(p),requestAnimationFrame(d)};requestAnimationFrame(d)}redraw(){this.dirty=!0}resize(){let{clientWidth:t,clientHeight:e}=this.canvas.parentElement;!t||!e||(this.renderer.setPixelRatio(Math.min(window.devicePixelRatio||1,2)),this.renderer.setSize(t,e,!1),this.width=t,this.height=e,this.camera.aspect=t/e,this.photo?this.lens=this.lensOfPhoto():this.flight||(this.lens=Or(this.fov,this.camera.aspect)),this.redraw())}get fov(){return this.camera.aspect<.8?70:yd}step(t){if(!this.width||(this.keys?.(t),this.flight?this.fly(t):this.photo||this.controls.update(),!this.dirty))return;this.camera.updateMatrixWorld(),Lm(this.camera,this.lens);let e=t-this.movedAt<PT;this.isStill=!e&&!this.cloud.isBusy;let i=e?this.movingBudget:this.cloud.budget;this.pending=this.cloud.update(this.camera,this.height,i);let{uniforms:r}=this.cloud.material,o=this.camera.projectionMatrix.elements[5]*this.height/2;r.pixelsPerTangent.value=o*this.renderer.getPixelRatio();let l=e?0:Math.min(this.lastMs,LT),c=this.cloud.isBusy?RT*this.expectedMs:l;!(!this.drawnPoints&&this.cloud.shownPoints>0)&&t-this.drawnAt<c||(this.dirty=!1,this.draw(),this.drawnAt=performance.now(),e&&(i<this.cloud.budget||this.blends)&&(this.dirty=!0))}get expectedMs(){return Math.max(this.lastMs,this.msPerPoint*this.cloud.shownPoints)}get movingBudget(){let t=this.msPerPoint?CT/this.msPerPoint:1/0;return Math.min(Math.max(t,__),this.cloud.budget)}draw(){let t=performance.now(),{renderer:e,camera:i}=this,r=!this.alone||this.ofMap;this.frusta.group.visible=!!(this.wantFrusta!==!1&&!this.photo&&r),this.frusta.fit(i.position,i.projectionMatrix.elements[5]*this.height/2),this.cloud.isBusy||(this.frusta.update(i.position,()=>this.redraw()),this.surfaces.update(i));let o=this.isStill&&this.blends&&!this.cloud.isHidden&&this.cloud.material;if(this.settled&&(this.lit||o)){let{lit:l}=this;this.eyeDome.render(e,this.points,i,this.background,{lit:l,blended:o})}else e.setClearColor(this.background,1),e.clear(),e.render(this.points,i);if(e.render(this.things,i),this.photo||this.flight?.photo){let l=this.flight?this.flight.share**3:1,c=this.photo?.rig?i.quaternion:null;this.overlay.render(e,this.lens,this.opacity*l,c)}if(this.pending&&!this.cloud.isBusy&&this.redraw(),this.drawnPoints=this.cloud.shownPoints,o&&this.settled)this.finish(),this.judgeBlending(performance.now()-t);else if(this.frames%4===0||!this.settled){this.finish();let l=performance.now()-t;this.lastMs=this.lastMs?.5*this.lastMs+.5*l:l,this.drawnPoints>__&&(this.msPerPoint=l/this.drawnPoints),this.judgeSpeed(l)}this.frames+=1,this.dispatchEvent(new Event("drawn"))}finish(){let t=this.renderer.getContext();t.readPixels(0,0,1,1,t.RGBA,t.UNSIGNED_BYTE,new Uint8Array(4))}judgeBlending(t){this.blendsByHand||(this.slowStill=t>TT?this.slowStill+1:0,this.slowStill>=2&&(this.blends=!1,this.dispatchEvent(new Event("dimmed")),this.redraw()))}judgeSpeed(t){if(!this.settled&&!this.cloud.isBusy&&(this.cloud.shownPoints||this.cloud.isHidden)){this.settled=!0,this.dispatchEvent(new Event("settled")),this.redraw();return}!this.lit||!this.settled||this.litByHand||(this.slow=t>ET?this.slow+1:0,this.slow>=2&&(this.lit=!1,this.dispatchEvent(new Event("dimmed")),this.redraw()))}overview(){if(this.alone){this.ofMap&&this.behind(this.alone);return}let{position:t,target:e}=u_(this.everything(),Or(this.fov,this.camera.aspect),this.frusta.items.map(({item:i})=>i.position),this.photos.filter(i=>i.enu_from_cam).map(i=>lc(i)));this.place(t,e)}behind({camera:t,far_m:e,enu_from_cam:i}){let r=Or(this.fov,this.camera.aspect),o=Math.max(t.width/t.fx/2/r.r,t.height/t.fy/2/r.t),l=Math.max(e||0,1),c=Math.max(o-1,IT)*l,u=lc({enu_from_cam:i}),d=u.clone().setZ(0);d.length()>.3&&u.copy(d),u.normalize();let p=u.clone().multiplyScalar(-c);p.z+=DT*(c+l),this.place(p,u.multiplyScalar(.6*l))}async standAlone(t){this.rejoin(),this.returnTo={viewpoint:this.viewpoint,moved:this.moved},this.alone=t,this.surfaces.put(!0),this.measure.clear();let e=new Yc(t);try{await this.cloud.standAlone(e)}catch(i){return this.dispatchEvent(new CustomEvent("trouble",{detail:i.message})),!1}return this.alone!==t||(this.alone=e.stood,this.ofMap=this.frusta,this.ofMap.group.visible=!1,this.frusta=new Vo(this.things,[e.stood]),this.overview()),!0}rejoin(){if(!this.alone)return;this.alone=null,this.cloud.rejoin(),this.surfaces.put(!1),this.measure.clear(),this.ofMap&&(this.frusta.leave(),[this.frusta,this.ofMap]=[this.ofMap,null]);let{viewpoint:t,moved:e}=this.returnTo;this.viewpoint=t,this.moved=e,this.redraw()}everything(){return this.cloud.tiles.length?this.cloud.outline:this.surfaces.parts.length?this.surfaces.corners:this.cameraPlaces()}filter(t){(this.ofMap??this.frusta).filter(t),this.cloud.filter(this.photos,t),this.redraw()}cameraPlaces(){return this.photos.filter(t=>t.lat!==null).map(({lat:t,lon:e,height_m:i})=>{let r=i??this.site.height;return new F(...this.site.enuFromGeodetic(t,e,r))})}overviewUnlessMoved(){if(this.moved||this.photo||this.flight||this.alone)return;let t=this.cloud.outline.length;t>=this.overviewed&&t<1.2*this.overviewed||(this.overviewed=t,this.overview())}place(t,e){this.camera.position.copy(t),this.controls.target.copy(e),this.camera.lookAt(e),this.controls.update(),this.redraw()}lensOfPhoto(){let{factor:t,centre:e}=this.zoom;return ku(this.photo.camera,this.width,this.height,t,e)}async enter(t,{atOnce:e=!1}={}){if(!t.enu_from_cam)return;let{position:i,quaternion:r}=ms(t);this.zoom={factor:1,centre:null},this.isTurned=!1,this.controls.enabled=!1,this.moved=!0,this.photo=null;let o=performance.now();this.flight={photo:t,began:e?o-m_:o,from:{position:this.camera.position.clone(),quaternion:this.camera.quaternion.clone(),lens:this.lens},to:{position:i,quaternion:r,lens:ku(t.camera,this.width,this.height)},share:0};let{flight:l}=this;this.frusta.select(t),this.redraw();try{let c=t.rig?this.photos.filter(({id:u,rig:d,enu_from_cam:p})=>d===t.rig&&p&&u!==t.id):[];await this.overlay.open(t,c,()=>this.redraw()),this.redraw()}catch(c){(this.flight===l||this.photo===t)&&this.dispatchEvent(new CustomEvent("trouble",{detail:c.message}))}}fly(t){let{flight:e}=this,i=Math.min((t-e.began)/m_,1),r=i*i*(3-2*i);e.share=r,this.camera.position.lerpVectors(e.from.position,e.to.position,r),this.camera.quaternion.slerpQuaternions(e.from.quaternion,e.to.quaternion,r),this.lens=Rm(e.from.lens,e.to.lens,r),this.movedAt=t,this.redraw(),!(i<1)&&(this.flight=null,this.photo=e.photo,this.lens=this.lensOfPhoto(),this.dispatchEvent(new Event("arrived")))}lookAround(t,e){let i=(this.lens.r-this.lens.l)/this.width,{quaternion:r}=this.camera,o=new F(0,0,-1).applyQuaternion(r),l=Math.asin(Math.min(Math.max(o.z,-1),1)),c=Math.min(Math.max(l+e*i,-g_),g_)-l;r.premultiply(new qe().setFromAxisAngle(new F(0,0,1),t*i)),r.multiply(new qe().setFromAxisAngle(new F(1,0,0),c)),this.isTurned=!0,this.redraw()}lookStraight(){this.camera.quaternion.copy(ms(this.photo).quaternion),this.isTurned=!1,this.redraw()}leave(){let t=this.photo??this.flight?.photo;if(!t)return;this.photo=null,this.flight=null,this.overlay.close(),this.frusta.select(null),this.controls.enabled=!0;let{position:e}=ms(t),i=lc(t),r=Math.min(Math.max((t.far_m??20)*.5,3),30),o=e.clone().addScaledVector(i,r),l=e.clone().addScaledVector(i,-.25*r);l.z+=.12*r,this.lens=Or(this.fov,this.camera.aspect),this.place(l,o),this.dispatchEvent(new Event("left"))}get viewpoint(){return[...this.camera.position.toArray(),...this.controls.target.toArray()]}set viewpoint([t,e,i,r,o,l]){this.moved=!0,this.place(new F(t,e,i),new F(r,o,l))}get standpoint(){let t=new F(0,0,-1).applyQuaternion(this.camera.quaternion);return{position:this.camera.position.toArray(),heading:Math.atan2(t.x,t.y)*180/Math.PI}}listen(){let t=null,e=o=>{let l=this.canvas.getBoundingClientRect();return[o.clientX-l.left,o.clientY-l.top]},i=new Map;this.canvas.addEventListener("pointerdown",o=>{i.set(o.pointerId,e(o)),t=i.size===1?{x:o.clientX,y:o.clientY}:null}),this.canvas.addEventListener("pointermove",o=>{let l=i.get(o.pointerId);if(!l)return;let c=e(o);if(i.set(o.pointerId,c),!this.photo)return;let u=[...i].find(([d])=>d!==o.pointerId)?.[1];if(u){let d=([m,g])=>Math.max(Math.hypot(m-u[0],g-u[1]),10),p=[0,1].map(m=>(c[m]+u[m])/2);this.zoomPhoto(...p,d(c)/d(l))}else this.photo.rig?this.lookAround(c[0]-l[0],c[1]-l[1]):this.zoom.factor>1&&this.panPhoto(c[0]-l[0],c[1]-l[1])});let r=o=>i.delete(o.pointerId);addEventListener("pointerup",r),addEventListener("pointercancel",r),this.canvas.addEventListener("pointerup",o=>{if(!t)return;let l=Math.hypot(o.clientX-t.x,o.clientY-t.y)<AT;t=null,l&&o.button===0&&this.click(...e(o))}),this.canvas.addEventListener("dblclick",o=>{let l=this.photo?null:this.pointAt(...e(o));l&&this.approach(l.position)}),this.canvas.addEventListener("wheel",o=>{this.moved=!0,this.photo&&(o.preventDefault(),this.zoomPhoto(...e(o),Math.exp(-o.deltaY*.0015)))},{passive:!1})}pointAt(t,e){if(!this.cloud.isHidden)return p_(this.cloud,this.camera,t,e,this.width,this.height);let i=this.surfaces.meets(this.rayThrough(t,e));return i&&{position:i,surface:!0}}rayThrough(t,e){let i=new xo,r=new F(t/this.width*2-1,1-e/this.height*2,.5);return i.ray.origin.copy(this.camera.position),i.ray.direction.copy(r.unproject(this.camera)).sub(this.camera.position).normalize(),i}click(t,e){if(this.marking&&this.photo){let{photo:u}=this;if(this.isTurned){this.lookStraight();return}let[d,p]=Im(u.camera,this.lens,t,e,this.width,this.height);if(d<0||p<0||d>u.camera.width||p>u.camera.height)return;this.dispatchEvent(new CustomEvent("mark",{detail:{photo:u,u:d,v:p}}));return}let i=this.rayThrough(t,e),r=this.photo||this.alone||this.measuring?null:this.frusta.pick(i),o=this.pointAt(t,e),c=r&&(!o||r.distance<o.position.distanceTo(this.camera.position)+.5)?{photo:r.photo}:{point:o};this.dispatchEvent(new CustomEvent("pick",{detail:c}))}approach(t){this.moved=!0;let e=this.camera.position.clone().sub(t);this.place(t.clone().add(e.setLength(Math.max(e.length()*.6,2))),t),this.dispatchEvent(new Event("rest"))}zoomPhoto(t,e,i){let{camera:r}=this.photo,o=p=>Math.min(this.width/r.width,this.height/r.height)*p,l=this.zoom.centre??[r.width/2,r.height/2],c=Math.min(Math.max(this.zoom.factor*i,1),40),u=1/o(this.zoom.factor)-1/o(c),d=[l[0]+(t-this.width/2)*u,l[1]+(e-this.height/2)*u];this.zoom=c>1.001?{factor:c,centre:d}:{factor:1,centre:null},this.lens=this.lensOfPhoto(),this.redraw()}lookAtPixel(t,e,i){this.zoom={factor:i,centre:[t,e]},this.lens=this.lensOfPhoto(),this.redraw()}panPhoto(t,e){let{camera:i}=this.photo,r=Math.min(this.width/i.width,this.height/i.height),[o,l]=this.zoom.centre??[i.width/2,i.height/2],c=r*this.zoom.factor;this.zoom.centre=[o-t/c,l-e/c],this.lens=this.lensOfPhoto(),this.redraw()}move(t,e,i){if(this.photo?.rig&&this.lookAround(-e*this.width,t*this.height),this.photo||this.flight)return;this.moved=!0;let r=new F;this.camera.getWorldDirection(r);let o=Math.max(this.camera.position.distanceTo(this.controls.target),2),l=new F().crossVectors(r,this.camera.up).normalize(),c=r.multiplyScalar(t).addScaledVector(l,e);c.z+=i,c.multiplyScalar(o),this.camera.position.add(c),this.controls.target.add(c),this.redraw()}turn(t,e){if(this.photo||this.flight)return;this.moved=!0;let i=this.camera.position.clone().sub(this.controls.target),r=new hs().setFromVector3(new F(i.x,i.z,-i.y));r.theta-=t,r.phi=Math.min(Math.max(r.phi-e,.05),Math.PI*.97);let o=new F().setFromSpherical(r);i.set(o.x,-o.z,o.y),this.place(this.controls.target.clone().add(i),this.controls.target.clone())}zoomBy(t){if(this.photo){this.zoomPhoto(this.width/2,this.height/2,t);return}this.moved=!0;let e=this.camera.position.clone().sub(this.controls.target),i=this.controls.target.clone();this.place(i.clone().add(e.divideScalar(t)),i)}};var NT=65535,OT=.2,UT=.002,Kc=new Map;function FT(n){if(!Kc.has(n.id)){let t=Ji(`photos/${n.id}/reach.bin`).then(e=>{let i=new DataView(e.buffer,e.byteOffset,e.byteLength);return{view:i,width:i.getUint16(0,!0),height:i.getUint16(2,!0)}});Kc.set(n.id,t),t.catch(()=>Kc.delete(n.id))}return Kc.get(n.id)}function BT(n,t,e,i,r){if(!n||n===NT||e<=OT)return!1;let o=n/100,l=i**2+(t**2+r.systematic_rel**2)*o**2+r.registration_sigma_m**2,c=Math.min(r.sigmas*Math.sqrt(l),r.within_rel*e);return Math.abs(o-e)<=c}async function y_(n,t,e,i,r){let o=n.map(c=>({photo:c,at:Ur(c,t)})).filter(({photo:c,at:u})=>u&&u.range<Math.max(3*(c.far_m??0),30)).sort((c,u)=>c.at.range-u.at.range).slice(0,60);return(await Promise.all(o.map(async({photo:c,at:u})=>{let{view:d,width:p,height:m}=await FT(c),g=Math.min(Math.floor(u.u/c.camera.width*p),p-1),M=Math.min(Math.floor(u.v/c.camera.height*m),m-1)*p+g,T=d.getUint16(4+2*M,!0),x=d.getUint8(4+2*p*m+M)*UT;return c===i||BT(T,x,u.range,e,r)?{photo:c,range:u.range}:null}))).filter(Boolean)}var x_="worldmap-theme";function zT(){try{return localStorage.getItem(x_)}catch{return null}}function M_(n){let t=matchMedia("(prefers-color-scheme: dark)"),e=zT(),i=()=>{let r=e?e==="dark":t.matches;document.documentElement.dataset.theme=r?"dark":"light",Q("theme").textContent=r?"Light":"Dark",n(r)};t.addEventListener("change",i),Q("theme").addEventListener("click",()=>{e=document.documentElement.dataset.theme==="dark"?"light":"dark";try{localStorage.setItem(x_,e)}catch{}i()}),i()}var kT={true:"#10161a",false:"#e4e9ec"},HT={orthophoto:["orthophoto",!0],points:["points",!0],cones:["views",!0],sigma:["sigma",!0],tiles:["tiles",!0],pairs:["pairs",!1],tags:["tags before",!1]},VT=560,xd=n=>`${n.toFixed(n<100?2:1)} m`;async function GT(){let n=_h(),t=new URLSearchParams(location.search).get("near"),e=oc(t?`map.json?near=${encodeURIComponent(t)}`:"map.json"),i=new uc,r=XT(),o;try{o=await e}catch(g){Zi(`The map cannot be read: ${g.message}`);return}Q("version").textContent=o.version;let l=new dc(o.site),c=r&&new jc(Q("canvas"),r,i,l,o);c?.cloud.take(o.tiles,o.photos);let u=new fc(o),d=new gc(Q("map"),o,!0),p=new bd({told:o,site:l,list:u,map:d,scene:c});window.worldmap=p,M_(g=>p.paint(g)),p.restore(n),p.greet(),c&&o.tiles.length&&Bm();let m=WT(()=>{u.showPictures(),d.drawPoints(o.tiles),d.drawOrthophotos(o.tiles)});c?.addEventListener("settled",m,{once:!0}),setTimeout(m,c&&o.tiles.length?2500:0),addEventListener("hashchange",()=>location.reload())}function WT(n){let t=!1;return()=>{t||n(),t=!0}}function XT(){try{return v_(Q("canvas"))}catch(n){return Zi(`No 3-D here: this browser gives no WebGL 2 (${n.message}). The map still works.`),null}}var Md=()=>matchMedia("(max-width: 820px)").matches,bd=class{constructor(t){Object.assign(this,t),this.selected=null,this.header(),this.layers(),this.list.addEventListener("choose",({detail:e})=>this.choose(e)),this.list.addEventListener("filter",({detail:e})=>{this.map.filter(e),this.scene?.filter(e)}),this.map.addEventListener("choose",({detail:e})=>this.choose(e)),this.map.addEventListener("moved",()=>Ti({map:this.map.place})),this.map.addEventListener("elsewhere",({detail:e})=>this.go(e)),this.map.addEventListener("nobasemap",()=>Zi("The basemap's pictures do not load: is its address right, and is there a network?")),Q("help").addEventListener("click",()=>Q("keys").showModal()),Q("share").addEventListener("click",()=>this.share()),Q("drawer").addEventListener("click",()=>this.draw(!document.body.classList.contains("drawn")));for(let e of document.querySelectorAll("[data-show]"))e.addEventListener("click",()=>this.show(e.dataset.show));this.scene&&this.setUpScene()}header(){let{photos:t,failures:e,tiles:i}=this.told,r=t.filter(u=>u.status==="placed").length,o=i.reduce((u,d)=>u+d.points,0),l=[`${r} of ${t.length} photos placed`],{window:c}=this.told;c&&l.push(`around here, of ${c.photos.toLocaleString("en")} in the map`),e.length&&l.push(`${e.length} failed`),o&&l.push(`${o.toLocaleString("en")} points`),Q("counts").textContent=t.length+e.length?l.join(" \xB7 "):"empty"}layers(){let{orthophoto:t,...e}=HT,i=this.told.tiles.some(o=>o.orthophoto)?{orthophoto:t}:{},r=Object.fromEntries(this.told.layers.map(({name:o,url:l})=>[l,[o,!0]]));for(let[o,[l,c]]of Object.entries({...r,...i,...e})){let u=Ft("input",{type:"checkbox",checked:c});u.addEventListener("change",()=>this.map.show(o,u.checked)),Q("layers").append(Ft("label",{},u,l))}}greet(){let{photos:t,failures:e,tiles:i}=this.told;!t.length&&!e.length?Zi("This map is empty. Put photos into it with `worldmap ingest PHOTOS`, then run `worldmap merge` and load this page again."):t.length?i.length||Zi(this.missing()):Zi("No photo could be read; the list says why.")}missing(){let{photos:t}=this.told,e=t.length,i=t.filter(l=>l.status==="ingested"),r=i.filter(l=>l.reason.startsWith("no depth yet")).length,o="then load this page again";return r?`There are no points: ${r} of ${e} photos have no depth and stand where their tags say. \`worldmap merge\` finds it where photos overlap, a network for each alone (\`worldmap models list\`); ${o}.`:i.length?`There are no points yet: ${i.length} of ${e} photos wait for \`worldmap merge\`; ${o}.`:`There are no points: none of the ${e} photos could be placed for certain; each says why when it is opened in the list.`}paint(t){this.map.paint(t),this.scene&&(this.scene.background.set(kT[t]),this.scene.redraw())}show(t){document.body.dataset.view=t;for(let e of document.querySelectorAll("[data-show]"))e.setAttribute("aria-pressed",String(e.dataset.show===t));this.draw(!1),Ti({view:t})}draw(t){document.body.classList.toggle("drawn",t),Q("drawer").setAttribute("aria-expanded",String(t))}go({lat:t,lng:e}){Ti({at:null,photo:null,map:this.map.place}),la(),location.search=`?near=${t.toFixed(6)},${e.toFixed(6)}`}async share(){let t=la();try{await navigator.clipboard.writeText(t),Q("share").textContent="Copied",setTimeout(()=>Q("share").textContent="Share",1500)}catch{prompt("The link to this view:",t)}}choose(t){this.rejoin(),this.selected=t,this.list.select(t),this.map.select(t),this.draw(!1);let e=this.scene&&t.enu_from_cam;e&&Md()?jn():zu(t,!!this.scene);let i=this.scene&&t.own;!e&&!i||((document.body.dataset.view==="map"||!Q("cloud").clientWidth)&&this.show("cloud"),i?this.standAlone(t):this.enter(t))}async standAlone(t){(this.scene.photo||this.scene.flight)&&this.scene.leave(),this.clip.turn(!1),this.scene.measuring&&this.measure(),Q("alonename").textContent=t.name,this.isAlone(!0),Ti({photo:t.id,at:null}),!await this.scene.standAlone(t)&&this.scene.alone?.id===t.id&&this.rejoin()}rejoin(){this.scene?.alone&&(this.clip.turn(!1),this.scene.measuring&&this.measure(),this.scene.rejoin(),this.isAlone(!1),this.left(),this.colour(Q("colour").value))}isAlone(t){document.body.classList.toggle("alone",t),Q("alonebar").hidden=!t}enter(t,e){let i=this.scene.cloud.numberOf.get(t.id)??-1;return this.scene.cloud.material.uniforms.selected.value=i,Q("photobar").hidden=!1,Q("photoname").textContent=t.name,document.body.classList.add("inside"),this.scene.opacity=Number(Q("blend").value),Ti({photo:t.id,at:null}),this.scene.enter(t,e)}left(){this.scene.cloud.material.uniforms.selected.value=-1,Q("photobar").hidden=!0,document.body.classList.remove("inside"),this.selected=null,this.list.select(null),this.map.select(null),jn(),Ti({photo:null}),this.noteCamera()}step(t){let e=this.list.neighbour(this.scene.photo??this.scene.flight?.photo??null,t);e&&this.choose(e)}blend(t){Q("blend").value=t,this.scene.opacity=Number(Q("blend").value),this.scene.redraw(),Ti({blend:this.scene.opacity})}setUpScene(){let{scene:t}=this;t.cloud.addEventListener("problem",()=>Wu(t.cloud.problems)),t.cloud.addEventListener("change",()=>this.tellProgress()),t.cloud.problems.size&&Wu(t.cloud.problems),t.cloud.addEventListener("measured",()=>this.colour(Q("colour").value)),t.addEventListener("drawn",()=>this.drawn()),t.addEventListener("rest",()=>this.noteCamera()),t.addEventListener("left",()=>this.left()),t.addEventListener("dimmed",()=>{Q("lit").checked=t.lit,Q("smooth").checked=t.blends}),t.addEventListener("trouble",({detail:e})=>Zi(e)),t.addEventListener("pick",({detail:e})=>this.pick(e)),Q("colour").addEventListener("change",()=>this.colour(Q("colour").value)),Q("size").addEventListener("input",()=>this.size(Q("size").value)),Q("budget").addEventListener("change",()=>this.budget(Q("budget").value)),Q("lit").addEventListener("change",()=>this.light(Q("lit").checked)),Q("smooth").addEventListener("change",()=>this.smooth(Q("smooth").checked)),Q("smooth").checked=t.blends,Q("dots").addEventListener("change",()=>this.showPoints(Q("dots").checked)),t.surfaces.addEventListener("problem",({detail:e})=>Zi(e)),t.surfaces.surfaces.forEach(({name:e},i)=>{let r=Ft("input",{type:"checkbox",checked:!0});r.addEventListener("change",()=>{t.surfaces.show(i,r.checked),t.redraw()}),Q("surfaces").append(Ft("label",{className:"check"},r,e))}),Q("frusta").addEventListener("change",()=>{t.wantFrusta=Q("frusta").checked,t.redraw()}),Q("blend").addEventListener("input",()=>this.blend(Q("blend").value)),Q("leave").addEventListener("click",()=>t.leave()),Q("rejoin").addEventListener("click",()=>this.rejoin()),Q("before").addEventListener("click",()=>this.step(-1)),Q("after").addEventListener("click",()=>this.step(1)),Q("overview").addEventListener("click",()=>this.overview()),Q("measure").addEventListener("click",()=>this.measure()),this.clip=new sc(t),this.profile=new yc(t,this.site),this.control=new hc({told:this.told,site:this.site,scene:t,choose:e=>this.choose(e),blend:e=>this.blend(e)}),zm(t,{escape:()=>this.escape(),blend:e=>this.blend(Number(Q("blend").value)+e),overview:()=>this.overview(),step:e=>this.step(e),colour:()=>{let e=Fr[(Fr.indexOf(Q("colour").value)+1)%Fr.length];Q("colour").value=e,this.colour(e)},measure:()=>this.measure(),mark:()=>this.control.toggle(),undo:()=>{t.measure.undo(),this.measured()},help:()=>Q("keys").showModal(),search:()=>{this.draw(!0),Q("search").focus()}}),this.size(Q("size").value)}escape(){this.scene.photo||this.scene.flight?this.scene.leave():this.scene.measuring?this.measure():this.scene.alone?this.rejoin():jn(),this.draw(!1)}overview(){(this.scene.photo||this.scene.flight)&&this.scene.leave(),this.scene.overview(),!this.scene.alone&&(this.map.home(),Ti({at:null}))}tellProgress(){let{shownPoints:t,isBusy:e}=this.scene.cloud;Q("progress").textContent=this.scene.cloud.drawable.length?`${t.toLocaleString("en")} points${e?", loading \u2026":""}`:""}drawn(){let{scene:t}=this;if(this.tellProgress(),!this.told.photos.length||t.alone)return;let{position:e,heading:i}=t.standpoint;this.map.setStandpoint(this.site.geodeticFromEnu(e),i)}colour(t){let{uniforms:e}=this.scene.cloud.material;e.mode.value=Fr.indexOf(t),e.range.value.set(...qu(t,this.scene.cloud.ends)),km(t,this.scene.cloud,this.site),this.scene.redraw(),Ti({colour:t==="rgb"?null:t})}size(t){this.scene.cloud.material.uniforms.pointSize.value=Number(t),this.scene.redraw(),Ti({size:Number(t)===1.3?null:t})}showPoints(t){Q("dots").checked=t,this.scene.cloud.isHidden=!t,this.scene.redraw(),Ti({points:t?null:"off"})}budget(t){this.scene.cloud.budget=Number(t),this.scene.redraw(),Ti({budget:Number(t)===2e6?null:t})}light(t){Object.assign(this.scene,{lit:t,litByHand:!0}),this.scene.redraw()}smooth(t){Object.assign(this.scene,{blends:t,blendsByHand:!0}),this.scene.redraw()}noteCamera(){this.scene.photo||this.scene.flight||this.scene.alone||Ti({at:this.scene.viewpoint.map(t=>t.toFixed(2)).join(",")})}pick({photo:t,point:e}){if(t)this.choose(t);else if(!(!e&&this.scene.measuring))if(!e)jn();else if(e.surface&&!this.scene.measuring)Am(e,this.site);else if(this.scene.measuring)this.scene.measure.add(e.position,e.sigma,this.told.photos[e.photo]?.scale_sigma_rel),this.scene.redraw(),this.measured();else if(this.scene.alone)Cm(e,this.scene.alone);else{let i=this.told.photos[e.photo];Pm(e,i,this.site,this.photosThatSaw(e),r=>this.choose(r))}}photosThatSaw(t){let{photos:e,agreement:i}=this.told,r=t.position.toArray();return y_(e,r,t.sigma,e[t.photo],i)}measure(){this.scene.measuring=!this.scene.measuring,Q("measure").setAttribute("aria-pressed",String(this.scene.measuring)),document.body.classList.toggle("measuring",this.scene.measuring),this.scene.measuring&&jn(),this.scene.measuring||(this.scene.measure.clear(),Q("profile").hidden=!0),this.scene.redraw(),this.measured()}measured(){let t=Q("measured");if(t.hidden=!this.scene.measuring,this.scene.redraw(),t.hidden)return;let{points:e,result:i}=this.scene.measure;if(e.length<2){t.textContent=e.length?"Click the next point.":"Click the first point.";return}let{sigma:r}=i,o=(d,p)=>r?` \xB1 ${r[d].toFixed(2)} ${p}`:"",l=`${i.rise<0?"\u2212":"+"}${xd(Math.abs(i.rise))}`,c=[`${xd(i.level)} level, ${l}${o("rise","m")} up`];e.length>2&&c.push(`${i.area.toFixed(2)} m\xB2${o("area","m\xB2")} within, closed`);let u=Ft("button",{title:"Heights of the points along the way"},"Profile");u.addEventListener("click",()=>this.profile.show()),t.replaceChildren(Ft("strong",{},`${xd(i.total)}${o("total","m")}`),...c.map(d=>Ft("div",{className:"quiet"},d)),u)}restore(t){let e=Md(),i=["map","both","cloud"].includes(t.view)?t.view:null;if(this.show(e&&(!i||i==="both")?"cloud":i??"both"),Q("look").open=Q("cloud").clientWidth>VT,t.map&&(this.map.place=t.map),!this.scene)return;let r=(c,u)=>u===void 0?!1:(Q(c).value=u,Q(c).value===u);Fr.includes(t.colour)&&(Q("colour").value=t.colour),this.colour(Q("colour").value),r("size",t.size)&&this.size(t.size),r("budget",t.budget)&&this.budget(t.budget),r("blend",t.blend)&&this.blend(t.blend),t.points==="off"&&this.showPoints(!1);let o=t.at?.split(",").map(Number)??[];o.length===6&&o.every(Number.isFinite)&&(this.scene.viewpoint=o);let l=this.told.photos.find(c=>String(c.id)===t.photo);l&&(this.selected=l,this.list.select(l),this.map.select(l),(!l.enu_from_cam||!Md())&&zu(l,!0),l.enu_from_cam?this.enter(l,{atOnce:!0}):l.own&&this.standAlone(l))}};GT();
