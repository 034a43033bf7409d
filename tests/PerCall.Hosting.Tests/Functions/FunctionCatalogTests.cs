using Azure.Storage.Blobs;
using Azure.Storage.Queues.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Functions;
using Xunit;

namespace PerCall.Hosting.Tests.Functions;

public sealed class FunctionCatalogTests
{
    [Fact]
    public void Discover_SoundFunctions_AreFoundByTheirTrigger()
    {
        var (functions, faults) = Discover(typeof(Sound));

        Assert.Empty(faults);
        Assert.Equal("web", Assert.Single(functions.Http).Function.Name);
        Assert.Equal("/api/web", Assert.Single(functions.Http).Route.RawText);
        Assert.Equal("orders", Assert.Single(functions.Queues).QueueName);
    }

    [Theory]
    [InlineData(typeof(Twins), "The function name 'twin' is used by")]
    [InlineData(typeof(NoTrigger), "has 0 trigger parameters")]
    [InlineData(typeof(TwoTriggers), "has 2 trigger parameters")]
    [InlineData(typeof(BadName), "the name must be a letter")]
    [InlineData(typeof(Keyed), "allowed: AuthorizationLevel.Anonymous")]
    [InlineData(typeof(NotARequest), "allowed: HttpRequest")]
    [InlineData(typeof(BadRoute), "is not a route template")]
    [InlineData(typeof(UnnamedValue), "parameter 'other' that its route")]
    [InlineData(typeof(StreamParameter), "trigger parameter of type Stream")]
    [InlineData(typeof(BadQueueName), "the queue name 'Orders'")]
    [InlineData(typeof(BadBlobPath), "twice")]
    [InlineData(typeof(BadBlobType), "must be a BlobClient.")]
    [InlineData(typeof(UnnamedBlobValue), "parameter 'other' that its path")]
    [InlineData(typeof(FiveFields), "'0 * * * *'")]
    [InlineData(typeof(RunsOnStartup), "sets RunOnStartup")]
    [InlineData(typeof(MissingConnection), "Setting 'Elsewhere'")]
    public void Discover_Fault_IsSaidInOneSentence(Type type, string expected)
    {
        var (_, faults) = Discover(type);

        Assert.Contains(expected, Assert.Single(faults), StringComparison.Ordinal);
    }

    private static (TriggeredFunctions Functions, List<string> Faults) Discover(Type type)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("AzureWebJobsStorage", "UseDevelopmentStorage=true")]).Build();
        var faults = new List<string>();
        var hostJson = HostJson.Read(configuration, development: true, faults);
        return (TriggeredFunctions.Create(FunctionCatalog.Discover([type], faults), configuration, hostJson, faults), faults);
    }

    private const AuthorizationLevel Anonymous = AuthorizationLevel.Anonymous;

#pragma warning disable CA1822, CA1034, IDE0060, CA1024
    public sealed class Sound
    {
        [Function("web")]
        public IResult Web([HttpTrigger(Anonymous, "get")] HttpRequest request, FunctionContext context, CancellationToken token) =>
            Results.Ok();

        [Function("queue")]
        public void Queue([QueueTrigger("orders")] QueueMessage message, string anything) => throw new NotSupportedException();

        public void NoFunction([QueueTrigger("orders")] string text) => throw new NotSupportedException();
    }

    public sealed class Twins
    {
        [Function("twin")]
        public void A([QueueTrigger("a-queue")] string text) => throw new NotSupportedException();

        [Function("Twin")]
        public void B([QueueTrigger("b-queue")] string text) => throw new NotSupportedException();
    }

    public sealed class NoTrigger
    {
        [Function("f")]
        public void F(string text) => throw new NotSupportedException();
    }

    public sealed class TwoTriggers
    {
        [Function("f")]
        public void F([QueueTrigger("a-queue")] string a, [QueueTrigger("b-queue")] string b) => throw new NotSupportedException();
    }

    public sealed class BadName
    {
        [Function("1 f")]
        public void F([QueueTrigger("a-queue")] string a) => throw new NotSupportedException();
    }

    public sealed class Keyed
    {
        [Function("f")]
        public void F([HttpTrigger(AuthorizationLevel.Function)] HttpRequest request) => throw new NotSupportedException();
    }

    public sealed class NotARequest
    {
        [Function("f")]
        public void F([HttpTrigger(Anonymous)] string request) => throw new NotSupportedException();
    }

    public sealed class BadRoute
    {
        [Function("f")]
        public void F([HttpTrigger(Anonymous, Route = "a/{b")] HttpRequest request) => throw new NotSupportedException();
    }

    public sealed class UnnamedValue
    {
        [Function("f")]
        public void F([HttpTrigger(Anonymous, Route = "a/{b}")] HttpRequest request, string other) => throw new NotSupportedException();
    }

    public sealed class StreamParameter
    {
        [Function("f")]
        public void F([QueueTrigger("a-queue")] Stream stream) => throw new NotSupportedException();
    }

    public sealed class BadQueueName
    {
        [Function("f")]
        public void F([QueueTrigger("Orders")] string text) => throw new NotSupportedException();
    }

    public sealed class RunsOnStartup
    {
        [Function("f")]
        public void F([TimerTrigger("0 0 0 1 1 *", RunOnStartup = true)] TimerInfo timer) => throw new NotSupportedException();
    }

    public sealed class BadBlobPath
    {
        [Function("f")]
        public void F([BlobTrigger("inbox/{a}/{a}")] BlobClient blob) => throw new NotSupportedException();
    }

    public sealed class BadBlobType
    {
        [Function("f")]
        public void F([BlobTrigger("inbox/{a}")] Stream blob) => throw new NotSupportedException();
    }

    public sealed class UnnamedBlobValue
    {
        [Function("f")]
        public void F([BlobTrigger("inbox/{a}")] BlobClient blob, string other) => throw new NotSupportedException();
    }

    public sealed class FiveFields
    {
        [Function("f")]
        public void F([TimerTrigger("0 * * * *")] TimerInfo timer) => throw new NotSupportedException();
    }

    public sealed class MissingConnection
    {
        [Function("f")]
        public void F([QueueTrigger("a-queue", Connection = "Elsewhere")] string text) => throw new NotSupportedException();
    }
}
