using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using PerCall.Hosting.Functions;
using Xunit;

namespace PerCall.Hosting.Tests.Functions;

/// <summary>What middleware can read of an invocation, as under the Functions host's worker.</summary>
public sealed class InvocationContextTests
{
    [Fact]
    public void Definition_OfAFunction_DescribesItsMethodAndTrigger()
    {
        var definition = Create("web").FunctionDefinition;

        Assert.Equal(("web", $"{typeof(App).FullName}.Web"), (definition.Name, definition.EntryPoint));
        Assert.Equal(typeof(App).Assembly.Location, definition.PathToAssembly);
        Assert.Equal([("request", typeof(HttpRequest)), ("id", typeof(string))], definition.Parameters.Select(p => (p.Name, p.Type)));
        var binding = Assert.Single(definition.InputBindings);
        Assert.Equal(
            ("request", "request", "httpTrigger", BindingDirection.In),
            (binding.Key, binding.Value.Name, binding.Value.Type, binding.Value.Direction));
    }

    [Theory]
    [InlineData("web", "httpTrigger")]
    [InlineData("work", "queueTrigger")]
    [InlineData("inbox", "blobTrigger")]
    [InlineData("tick", "timerTrigger")]
    public void InputBindings_OfEachTrigger_HaveTheTypeOfFunctionsMetadata(string function, string type) =>
        Assert.Equal(type, Assert.Single(Create(function).FunctionDefinition.InputBindings).Value.Type);

    [Fact]
    public void TraceContext_OfAnInvocation_IsTheCurrentActivity()
    {
        using var activity = new Activity("test") { TraceStateString = "a=1" };
        activity.SetIdFormat(ActivityIdFormat.W3C).Start();

        var trace = Create("web").TraceContext;

        Assert.Equal((activity.Id, "a=1"), (trace.TraceParent, trace.TraceState));
    }

    [Fact]
    public void Features_ThatWereSet_AreFoundByTheirType()
    {
        var features = Create("web").Features;
        Assert.Null(features.Get<string>());

        features.Set("value");

        Assert.Equal("value", features.Get<string>());
        Assert.Equal([new(typeof(string), "value")], features);
    }

    /// <summary>
    /// The ASP.NET Core integration of the worker reads the request from an entry that the local host sets by the same name.
    /// </summary>
    [Fact]
    public void GetHttpContext_WithTheLocalHostsEntry_IsTheRequest()
    {
        var context = Create("web");
        var http = new DefaultHttpContext();
        Assert.Null(context.GetHttpContext());

        context.Items["HttpRequestContext"] = http;

        Assert.Same(http, context.GetHttpContext());
    }

    private static InvocationContext Create(string function)
    {
        var faults = new List<string>();
        var found = FunctionCatalog.Discover([typeof(App)], faults).Single(f => f.Name == function);
        Assert.Empty(faults);
        return new(found, new ServiceCollection().BuildServiceProvider(), new Dictionary<string, object?>(), _ => default);
    }

    public static class App
    {
        [Function("web")]
        public static string Web([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "web/{id}")] HttpRequest request, string id) =>
            id;

        [Function("work")]
        public static void Work([QueueTrigger("work")] string text) => _ = text;

        [Function("inbox")]
        public static void Inbox([BlobTrigger("inbox/{name}")] string text) => _ = text;

        [Function("tick")]
        public static void Tick([TimerTrigger("0 0 0 1 1 *")] TimerInfo timer) => _ = timer;
    }
}
