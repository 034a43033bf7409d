using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Development;
using PerCall.Functions.Images;
using PerCall.Functions.Models;
using PerCall.Functions.Operators;
using PerCall.Functions.Recommend;
using PerCall.Functions.Requests;
using PerCall.Functions.Startup;
using PerCall.Functions.Storage;
using PerCall.Functions.Text;

var builder = FunctionsApplication.CreateBuilder(args);
builder.PrepareFirstUse();
builder.ConfigureFunctionsWebApplication();

// Outermost first.
builder.UseMiddleware<RequestMiddleware>();
builder.UseMiddleware<OperatorMiddleware>();

builder.AddRequests();
builder.AddStorage();
builder.AddOperators();
builder.AddModels();
builder.AddImages();
builder.AddText();
builder.AddRecommend();
builder.AddApiReference();
builder.AddReadyLine();

builder.Build().Run();
