using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Tests.Limits;

/// <summary>An invocation by a request, as middleware sees it.</summary>
internal sealed class HttpCall(HttpContext http, string function = "Test") : FunctionContext
{
    public override string InvocationId => "1";

    public override string FunctionId => "f";

    public override FunctionDefinition FunctionDefinition { get; } = new Definition(function);

    public override TraceContext TraceContext => throw new NotSupportedException();

    public override BindingContext BindingContext => throw new NotSupportedException();

    public override RetryContext RetryContext => throw new NotSupportedException();

    public override IInvocationFeatures Features => throw new NotSupportedException();

    public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object> { ["HttpRequestContext"] = http };

    public override IServiceProvider InstanceServices { get; set; } = http.RequestServices;

    private sealed class Definition(string name) : FunctionDefinition
    {
        public override string Name => name;

        public override string Id => name;

        public override string EntryPoint => throw new NotSupportedException();

        public override string PathToAssembly => throw new NotSupportedException();

        public override ImmutableArray<FunctionParameter> Parameters => [];

        public override IImmutableDictionary<string, BindingMetadata> InputBindings => ImmutableDictionary<string, BindingMetadata>.Empty;

        public override IImmutableDictionary<string, BindingMetadata> OutputBindings => ImmutableDictionary<string, BindingMetadata>.Empty;
    }
}
