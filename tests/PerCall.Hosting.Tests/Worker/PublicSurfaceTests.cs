using Microsoft.Azure.Functions.Worker.Builder;
using Xunit;

namespace PerCall.Hosting.Tests.Worker;

public sealed class PublicSurfaceTests
{
    private const string Worker = "Microsoft.Azure.Functions.Worker";

    [Fact]
    public void Assembly_ExportedTypes_AreExactlyTheWorkersThatFunctionsMayUse()
    {
        string[] expected =
        [
            $"{Worker}.AuthorizationLevel",
            $"{Worker}.BindingContext",
            $"{Worker}.BlobTriggerAttribute",
            $"{Worker}.BlobTriggerSource",
            $"{Worker}.Builder.FunctionsApplication",
            $"{Worker}.Builder.FunctionsApplicationBuilder",
            $"{Worker}.Builder.FunctionsWebApplicationExtensions",
            $"{Worker}.FunctionAttribute",
            $"{Worker}.FunctionContext",
            $"{Worker}.FunctionDefinition",
            $"{Worker}.HttpContextExtensions",
            $"{Worker}.HttpTriggerAttribute",
            $"{Worker}.Middleware.FunctionExecutionDelegate",
            $"{Worker}.Middleware.IFunctionsWorkerMiddleware",
            $"{Worker}.QueueTriggerAttribute",
            $"{Worker}.ScheduleStatus",
            $"{Worker}.TimerInfo",
            $"{Worker}.TimerTriggerAttribute",
            "Microsoft.Extensions.Hosting.MiddlewareWorkerApplicationBuilderExtensions",
        ];

        var exported = typeof(FunctionsApplication).Assembly.GetExportedTypes().Select(t => t.FullName!).Order(StringComparer.Ordinal);

        Assert.Equal(expected.Order(StringComparer.Ordinal), exported);
    }

    [Theory]
    [InlineData($"{Worker}.FunctionContext", "BindingContext,CancellationToken,FunctionDefinition,FunctionId,InstanceServices,InvocationId,Items")]
    [InlineData($"{Worker}.FunctionDefinition", "Name")]
    [InlineData($"{Worker}.BindingContext", "BindingData")]
    [InlineData($"{Worker}.TimerInfo", "IsPastDue,ScheduleStatus")]
    [InlineData($"{Worker}.ScheduleStatus", "Last,LastUpdated,Next")]
    [InlineData($"{Worker}.HttpTriggerAttribute", "AuthLevel,Methods,Route")]
    [InlineData($"{Worker}.QueueTriggerAttribute", "Connection,QueueName")]
    [InlineData($"{Worker}.BlobTriggerAttribute", "BlobPath,Connection,Source")]
    [InlineData($"{Worker}.TimerTriggerAttribute", "RunOnStartup,Schedule,UseMonitor")]
    public void Type_PublicProperties_AreTheContracts(string type, string properties)
    {
        var found = typeof(FunctionsApplication).Assembly.GetType(type, throwOnError: true)!
            .GetProperties().Where(p => p.Name != nameof(Attribute.TypeId)).Select(p => p.Name).Order(StringComparer.Ordinal);

        Assert.Equal(properties, string.Join(',', found));
    }
}
