using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Tests.Limits;

/// <summary>An invocation by a request, as middleware sees it.</summary>
internal sealed class HttpCall(HttpContext http, string function = "Test") : FunctionContext
{
    public override string InvocationId => "1";

    public override string FunctionId => "f";

    public override FunctionDefinition FunctionDefinition { get; } = new Definition(function);

    public override BindingContext BindingContext => throw new NotSupportedException();

    public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object> { ["HttpRequestContext"] = http };

    public override IServiceProvider InstanceServices { get; set; } = http.RequestServices;

    private sealed class Definition(string name) : FunctionDefinition
    {
        public override string Name => name;
    }
}
